import path from 'node:path';
import { commandContract } from '../test/contract.ts';

// Prints the contract of the command line as JSON: what test/cli-contract.json holds.
process.stdout.write(`${JSON.stringify(await commandContract(path.resolve(import.meta.dirname, '..')), null, 2)}\n`);
