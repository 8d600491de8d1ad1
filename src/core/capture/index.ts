export { openManifest } from './manifest.ts';
export { openPicker } from './pick.ts';
export { readBatches, readCapture } from './read.ts';
export { openCapture } from './write.ts';
