"""A merchant whose client openapi-python-client has made."""

import json
import sys

from generated import AuthenticatedClient
from generated.api.default import create_payment, get_payment_events, list_payments
from generated.models import AttemptEvent, CreatedPayment, InteracParams, Payments, Timeline

base_url, api_key, key, readme_payment = sys.argv[1:]
client = AuthenticatedClient(base_url=base_url, token=api_key)

body = InteracParams.from_dict(json.loads(readme_payment))
payment = create_payment.sync(client=client, idempotency_key=key, body=body)
assert isinstance(payment, CreatedPayment), payment
page = list_payments.sync(client=client, limit=10)
assert isinstance(page, Payments), page
timeline = get_payment_events.sync(payment.id, client=client)
assert isinstance(timeline, Timeline), timeline
attempt = next(event for event in timeline.events if isinstance(event, AttemptEvent))
listed = [{"id": one.id, "product": one.product.value, "paid": one.paid} for one in page.payments]
seen = {"stage": attempt.stage, "at": attempt.at.isoformat()}
print(json.dumps({"payment": payment.to_dict(), "listed": listed, "attempt": seen}))
