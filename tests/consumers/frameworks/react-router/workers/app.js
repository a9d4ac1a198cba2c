import { createRequestHandler } from "react-router";

const answer = createRequestHandler(() => import("virtual:react-router/server-build"), import.meta.env.MODE);

export default { fetch: (request) => answer(request) };
