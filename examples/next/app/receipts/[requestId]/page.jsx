// The middleware lets in what has been paid alone.
export default function Receipt() {
	return <p>Thank you</p>;
}
