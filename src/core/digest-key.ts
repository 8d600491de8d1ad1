import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from './capture/manifest.ts';
import { systemCode } from './errors.ts';

/** The key in use, and what must be said about it in the capture. */
export type DigestKey = { digestKey: Buffer; notes: string[] };

/** What a recording asks for; without `keyDir` the key is not kept. */
type KeyRequest = { digestKey: Buffer; keyDir?: string; configMapData: string };

const keyBytes = 32;
const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Keeps the key of a recording outside of the capture (`<dir>/<captureId>.key`, for its owner only), so that digests of ConfigMap values stay
 * comparable when the recording is resumed, while whoever has the capture alone can guess no value from its digest. A resumed recording goes
 * on with the key that is there, else with the new one, and says so.
 */
export async function settleDigestKey(request: KeyRequest, captureId: string, resumed: boolean): Promise<DigestKey> {
  const { keyDir: dir, digestKey } = request;
  if (dir === undefined || request.configMapData !== 'digests') return { digestKey, notes: [] };
  // The id of a resumed capture comes from a file that anybody may have edited.
  const path = idPattern.test(captureId) ? join(dir, `${captureId}.key`) : undefined;
  const kept = resumed && path !== undefined ? await readKey(path) : undefined;
  if (kept !== undefined) return { digestKey: kept, notes: [] };
  const renewed = 'ConfigMap values are digested with a new key from here on: digests before and after cannot be compared';
  const problem = path === undefined ? 'the capture has no proper id' : await keepKey(dir, path, digestKey);
  const unkept = problem === undefined ? [] : [`the key of ConfigMap digests is not kept for a later resume: ${problem}`];
  return { digestKey, notes: [...(resumed ? [renewed] : []), ...unkept] };
}

async function readKey(path: string): Promise<Buffer | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const key = Buffer.from(text.trim(), 'hex');
  return key.length === keyBytes ? key : undefined;
}

/** Why it could not be kept, if so. */
async function keepKey(dir: string, path: string, key: Buffer): Promise<string | undefined> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await writeDurably(path, `${key.toString('hex')}\n`, 0o600);
    return undefined;
  } catch (error) {
    return `${dir} cannot be written (${systemCode(error)})`;
  }
}
