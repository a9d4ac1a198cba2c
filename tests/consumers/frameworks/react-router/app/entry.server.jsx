import { renderToReadableStream } from "react-dom/server";
import { ServerRouter } from "react-router";

// React Router's own entry is for Node.js.
export default async function handleRequest(request, status, headers, context) {
	const body = await renderToReadableStream(<ServerRouter context={context} url={request.url} />);
	headers.set("Content-Type", "text/html");
	return new Response(body, { status, headers });
}
