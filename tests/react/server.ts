// The checkout as the merchant's server renders it.

import { version } from "react";
import { renderToString } from "react-dom/server";
import { checkout, type Wanted } from "./checkout.ts";

export const html = (wanted: Wanted): string => renderToString(checkout(wanted));
export { version };
