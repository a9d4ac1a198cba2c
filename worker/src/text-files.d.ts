/** The operator's page, whose files are imported as text. */
declare module "../public/operator/*" {
	const text: string;
	export default text;
}
