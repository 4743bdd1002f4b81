"""The legacy licence resources and the list of customers.

The envelope is totalCount, items and attributes; totalCount counts the page.
Customers are paged by a continuation token that the next request must bring in
a header; the token is opaque to the client and holds the state of the walk.
"""

import base64
import hashlib
import hmac
import json
import secrets

import documents
import pages
import parameters
from tables import dumps
from wire import Answer

COLLECTION = {"objectType": "Collection"}
# Continuation tokens are signed with this, so that a client cannot invent one.
SECRET = secrets.token_bytes(16)


def licences(store, resource, switches, customer):
    """The page of a legacy licence resource; customer is None for the partner's own."""
    style = pages.Style.of(switches)
    plain = style == pages.Style() and not switches["legacy_empty"]
    ours = customer is None or customer[0] == documents.EXAMPLE_CUSTOMER
    if plain and ours and store.is_document(resource.name, switches) \
            and switches["legacy_customer_id"] == "omit":
        return Answer(parts=[documents.body(resource.name)])
    table = store.legacy(resource.name, switches, customer)
    count = 0 if switches["legacy_empty"] else table.count
    given = not store.is_document(resource.name, switches)
    fields = [(one.name, style.key(one), one) for one in shown(resource, table, switches, given)]
    mark = '"attributes":' + dumps({"objectType": resource.object_type}) if count else ""
    lines = [line + b"," + mark.encode() if line else mark.encode()
             for line in table.render(style, fields, range(count))]
    rows = style.between.join(lines)
    return Answer(parts=collection(style, rows, count))


def shown(resource, table, switches, given):
    """The fields that rows of a legacy resource print, in their order."""
    fields = resource.printed_fields
    if given:
        fields = fields + [one for one in resource.fields
                           if one.absent and one.name != "customerId"]
    if switches["legacy_customer_id"] == "present" and "customerId" in resource.by_name:
        fields = [resource.by_name["customerId"]] + fields
    return [one for one in fields if one.name in table.columns]


def collection(style, rows, count, more=b""):
    """The parts of a legacy envelope around printed items."""
    head = b'{"%s":%d,"%s":[' % (style.cased("totalCount").encode(), count,
                                style.cased("items").encode())
    tail = b"]" + more + b',"attributes":' + dumps(COLLECTION).encode() + b"}"
    return [head + b"{", rows, b"}" + tail] if count else [head + tail]


SKUS = (("ENTERPRISEPACK", "Office 365 E3"), ("EMS", "Enterprise Mobility + Security"),
        ("AAD_PREMIUM", "Azure Active Directory Premium"))


def subscribed_skus(customer):
    """The products of a customer with their seats: numbers that follow from its GUID."""
    seed = int(customer[0][:8], 16)
    items = []
    for at in range(seed % 4):
        part, name = SKUS[at]
        total, used = 10 + (seed >> at) % 90, (seed >> (at + 3)) % 10
        items.append({
            "availableUnits": total - used, "activeUnits": total, "consumedUnits": used,
            "suspendedUnits": 0, "totalUnits": total, "warningUnits": 0,
            "productSku": {"id": customer[0][:-1] + str(at), "name": name,
                           "skuPartNumber": part, "targetType": "User"},
            "servicePlans": [{"displayName": name, "serviceName": part, "targetType": "User"}],
            "capabilityStatus": "Enabled", "attributes": {"objectType": "SubscribedSku"}})
    return Answer(parts=[dumps({"totalCount": len(items), "items": items,
                                "attributes": COLLECTION}).encode()])


# Customers

FILTER_FIELDS = {"companyname": 1, "domain": 2, "indirectreseller": None,
                 "indirectcloudsolutionprovider": None}


def customers(store, resource, request, query, switches):
    """A page of the list of customers."""
    found = parameters.read(query, resource.parameters, switches)
    size = parameters.integer(found, "size", resource.max_top, 0, resource.max_top)
    size = min(size or resource.max_top, switches["customers_cap"] or resource.max_top)
    wanted = customer_filter(found)
    start = 0
    if "seekOperation" in found:
        start, wanted = continued(request, found)
    ours = [one for one in store.customers(switches) if fits(one, wanted)]
    page = ours[start:start + size]
    relations = store.relationships(switches)
    style = pages.Style.of(switches)
    rows = b"},{".join(customer_item(one, relations.get(one[0], "reseller"), style)
                       for one in page)
    links = {"self": link(request, switches, "/customers?" + (query or "size=%d" % size), [])}
    more = b""
    if start + size < len(ours):
        if switches["customers_token"] != "body":
            links["next"] = next_page(request, found, switches, start + size, wanted)
        if switches["customers_token"] != "link":
            more = b',"continuationToken":' + dumps(sealed([start + size, wanted])).encode()
    more += b',"links":' + dumps(links).encode()
    return Answer(parts=collection(style, rows, len(page), more))


def customer_filter(found):
    """(field, lower-case prefix) of the filter parameter, None without one."""
    if "filter" not in found:
        return None
    try:
        given = json.loads(found["filter"])
        field, value, operator = given["Field"], given["Value"], given["Operator"]
    except (ValueError, KeyError, TypeError):
        raise parameters.Bad("The filter is not an object of Field, Value, Operator.") from None
    if len(given) != 3 or not isinstance(field, str) or field.lower() not in FILTER_FIELDS:
        raise parameters.Bad("The filter's field is not supported.")
    if operator != "starts_with" or not isinstance(value, str):
        raise parameters.Bad("The filter's operator is not supported.")
    return (field.lower(), value.lower())


def fits(customer, wanted):
    """Whether a customer satisfies the filter."""
    if wanted is None:
        return True
    at = FILTER_FIELDS[wanted[0]]
    value = customer[at] if at is not None else None
    return isinstance(value, str) and value.lower().startswith(wanted[1])


def sealed(state):
    """The continuation token of a state."""
    text = json.dumps(state).encode()
    mark = hmac.new(SECRET, text, hashlib.sha256).digest()[:9]
    return base64.b64encode(mark + text).decode()


def continued(request, found):
    """The position and filter that a continuation token holds."""
    if found["seekOperation"] != "Next":
        raise parameters.Bad("The seekOperation is not supported.")
    token = request.header("ms-continuationtoken")
    if token is None:
        raise parameters.Bad("The MS-ContinuationToken header is missing.")
    try:
        raw = base64.b64decode(token, validate=True)
        text = raw[9:]
        state = json.loads(text)
    except ValueError:
        raise parameters.Bad("The MS-ContinuationToken header is malformed.") from None
    if sealed(state) != token:
        raise parameters.Bad("The MS-ContinuationToken header is not one of ours.")
    start, wanted = state
    return start, tuple(wanted) if wanted else None


def next_page(request, found, switches, start, wanted):
    """The link to the next page, with the header that it needs."""
    written = str if not switches["customers_next_encoded"] else \
        lambda value: pages.quote(value, safe="")
    pairs = ["%s=%s" % (name, written(value)) for name, value in found.items()
             if name != "seekOperation"]
    uri = "/customers?" + "&".join(pairs + ["seekOperation=Next"])
    return link(request, switches, uri,
                [{"key": "MS-ContinuationToken", "value": sealed([start, wanted])}])


def link(request, switches, uri, headers):
    """A link object, its uri with the prefix that the switch says."""
    origin = "%s://%s" % ("https" if request.tls else "http", request.header("host", ""))
    prefix = {"plain": "", "v1": "/v1", "absolute": origin + "/v1",
              "foreign": "http://" + switches["foreign_host"] + "/v1"}
    return {"uri": prefix[switches["customers_next_uri"]] + uri, "method": "GET",
            "headers": headers}


def customer_item(customer, relation, style):
    """A customer as lists show it, without the outer braces."""
    guid, name, domain = customer
    own = {"self": {"uri": "/customers/%s/profiles/company" % guid, "method": "GET",
                    "headers": []}}
    item = {
        "id": guid,
        "companyProfile": {
            "tenantId": guid, "domain": domain, "companyName": name, "links": own,
            "attributes": {"objectType": "CustomerCompanyProfile"}},
        "relationshipToPartner": relation,
        "links": {"self": {"uri": "/customers/" + guid, "method": "GET", "headers": []}},
        "attributes": {"objectType": "Customer"},
    }
    return dumps(recased(item, style), style.json_ascii)[1:-1].encode()


def recased(value, style):
    """An object with its keys in the style's spelling."""
    if not isinstance(value, dict):
        return value
    return {style.cased(key): recased(one, style) for key, one in value.items()
            if not (one is None and style.omit_nulls)}
