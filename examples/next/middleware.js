import { flinks } from "./app/flinks.js";

// With `*`: without it, Next.js 14 does not match the path, and everybody gets in.
export const config = { matcher: "/receipts/:path*" };

export async function middleware({ nextUrl }) {
	const { paid } = await flinks().getPaymentRequest(nextUrl.pathname.slice("/receipts/".length));
	if (!paid) return new Response("Nothing has been paid yet.", { status: 402 });
}
