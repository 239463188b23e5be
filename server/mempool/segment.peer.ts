/** A client's process in segment.test.ts: tries everything on descriptors 3 (control) and 4 (data), of argv[2] bytes each. */
import { attacks } from './libc.fixture.js';

const sizeBytes = Number(process.argv[2]);
process.stdout.write(JSON.stringify({ control: attacks(3, sizeBytes), data: attacks(4, sizeBytes) }));
