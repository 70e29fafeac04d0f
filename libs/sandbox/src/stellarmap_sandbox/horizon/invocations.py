"""Contract calls that move XLM: what an `invoke_host_function` operation says of itself."""

from base64 import b64encode
from struct import pack

from stellarmap_common.domain.strkey import StrkeyKind, decode_strkey
from stellarmap_sandbox.horizon.view import Record, View, decimal

_SYMBOL, _ADDRESS, _I128 = 15, 18, 10  # types of a contract value (SCValType)


def call_details(view: View, row: int) -> Record:
    """Function, parameters and the balances it changed."""
    rows = view.network.rows
    transfers = rows.operation(row)
    function = "transfer" if len(transfers) == 1 else "transfer_many"
    parameters = [
        _address(view.network.keys.asset_contract("native")),
        _symbol(function),
        _address(view.address(rows.a[row])),
    ]
    for transfer in transfers:
        parameters += [_address(view.address(rows.b[transfer])), _amount(rows.amount[transfer])]
    return {
        "function": "HostFunctionTypeHostFunctionTypeInvokeContract",
        "parameters": parameters,
        "address": "",
        "salt": "",
        "asset_balance_changes": [_change(view, transfer) for transfer in transfers],
    }


def _change(view: View, row: int) -> Record:
    rows = view.network.rows
    return {
        "asset_type": "native",
        "type": "transfer",
        "from": view.address(rows.a[row]),
        "to": view.address(rows.b[row]),
        "amount": decimal(rows.amount[row]),
    }


def _value(name: str, value: bytes) -> dict[str, str]:
    return {"value": b64encode(value).decode(), "type": name}


def _symbol(text: str) -> dict[str, str]:
    encoded = text.encode()
    return _value("Sym", pack(">II", _SYMBOL, len(encoded)) + encoded + bytes(-len(encoded) % 4))


def _address(strkey: str) -> dict[str, str]:
    kind, key = decode_strkey(strkey)
    head = pack(">II", 0, 0) if kind is StrkeyKind.ACCOUNT else pack(">I", 1)
    return _value("Address", pack(">I", _ADDRESS) + head + key)


def _amount(stroops: int) -> dict[str, str]:
    return _value("I128", pack(">IqQ", _I128, 0, stroops))
