"""Schemathesis has the API key, so it sends what a caller with the key may send: no orders, and always a key."""

import schemathesis


@schemathesis.hook
def before_load_schema(context, raw_schema):
    create = raw_schema["paths"]["/payments"]["post"]
    create["requestBody"]["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/PaymentParams"}
    create["parameters"] = [{**parameter, "required": True} for parameter in create["parameters"]]


# The Worker refuses them at any depth (src/inherited_names.rs), which JSON Schema says of a known depth only.
INHERITED_NAMES = {
    "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "constructor",
    "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
}


def has_inherited_name(value):
    if isinstance(value, dict):
        return any(name in INHERITED_NAMES or has_inherited_name(each) for name, each in value.items())
    return isinstance(value, list) and any(has_inherited_name(each) for each in value)


@schemathesis.hook
def filter_body(context, body):
    return not has_inherited_name(body)
