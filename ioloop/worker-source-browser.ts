/** What starts the I/O worker names its script itself, in a form that bundlers find. */
export const IO_WORKER: URL = new URL(import.meta.url);
