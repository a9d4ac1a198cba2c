export const dynamic = "force-dynamic";

// Imported here, so that the answer shows an error of making the client.
export async function GET() {
	try {
		const { payment } = await import("../../payment.js");
		return Response.json(await payment());
	} catch (error) {
		return new Response(`${error.code}: ${error.message}`);
	}
}
