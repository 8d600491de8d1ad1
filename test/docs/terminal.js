// Runs a command under a pseudo-terminal and answers its prompts as a person would: node terminal.js ANSWERS COMMAND ARGS…
// Each letter of ANSWERS is one answer; the last one is given again as long as it is asked.
import { spawn } from 'node:child_process';

const [answers = '', ...words] = process.argv.slice(2);
const left = [...answers];
const command = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
const child = spawn(process.env.DOCS_SCRIPT || 'script', ['-qec', command, '/dev/null'], {
  stdio: ['pipe', 'pipe', 'inherit'],
  timeout: 20_000,
});
let text = '';
let sent = 0;
child.stdout.on('data', (bytes) => {
  process.stdout.write(bytes);
  text += bytes;
  // A prompt is drawn with "?" while it waits, and once more with "✔" when it is answered.
  const answered = text.match(/✔\S* \S*Is this label right\?/g)?.length ?? 0;
  if (sent > answered || text.lastIndexOf('q) quit') < text.lastIndexOf('✔')) return;
  sent++;
  child.stdin.write(`${left.length > 1 ? left.shift() : left[0]}\r`);
});
child.on('error', () => process.exit(127));
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
