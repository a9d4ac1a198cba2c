export default function Page() {
	return <p>POST /payments starts a payment; /receipts/its-request-id is there once it is paid.</p>;
}
