import { parseJson } from '../model/json.ts';
import type { ApiClient, ApiRequest, ApiResponse } from './api.ts';

/** Sends a request, and after a 401 once more with the credentials read anew. Throws what `request` and `renew` throw. */
export async function ask(client: ApiClient, request: ApiRequest): Promise<ApiResponse> {
  const response = await client.request(request);
  if (response.status !== 401) return response;
  response.close();
  await client.renew();
  return client.request(request);
}

/** The whole body as JSON. Throws ApiFailure, or SyntaxError for anything else. */
export async function readJson({ body }: ApiResponse): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return parseJson(Buffer.concat(chunks).toString('utf8'));
}
