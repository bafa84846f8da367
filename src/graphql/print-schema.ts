import { writeFileSync } from 'node:fs';
import { printContract } from './schema.js';

// Run by `npm run schema`, after a change to the contract.
writeFileSync('schema.graphql', printContract());
