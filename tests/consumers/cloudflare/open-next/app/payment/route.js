export const dynamic = "force-dynamic";

// Imported here, so that what making the client throws can be told.
export async function GET() {
	try {
		const { payment } = await import("../../payment.js");
		return Response.json(await payment());
	} catch (error) {
		return new Response(`${error.code}: ${error.message}`);
	}
}
