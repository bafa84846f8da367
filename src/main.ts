import '../bin/require-node.mjs';

// The process of the gateway. Imported after the check above, because an old Node.js cannot parse it.
const { serve } = await import('./serve.js');
await serve(process.env);
