// The checkout in the merchant's page: hydrated, and then shown as the test says.

import { hydrateRoot } from "react-dom/client";
import { checkout, counts, events, type Wanted } from "./checkout.ts";

const place = document.getElementById("root") as HTMLElement;
const root = hydrateRoot(place, checkout(JSON.parse(place.dataset.wanted ?? "")));
const show = (wanted?: Wanted) => root.render(checkout(wanted));
Object.assign(window, { show, events, counts });
