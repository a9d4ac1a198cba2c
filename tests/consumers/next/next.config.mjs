// The frameworks are installed two folders up.
const root = `${import.meta.dirname}/../..`;

export default { outputFileTracingRoot: root, turbopack: { root } };
