import { flinks } from "./app/flinks.js";

// With `*`: Next.js 14 takes a last `:name` without it for another path, and lets everybody in.
export const config = { matcher: "/receipts/:path*" };

export async function middleware({ nextUrl }) {
	const { paid } = await flinks().getPaymentRequest(nextUrl.pathname.slice("/receipts/".length));
	if (!paid) return new Response("Nothing has been paid yet.", { status: 402 });
}
