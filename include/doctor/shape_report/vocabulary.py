"""The words of which a key may be made to be shown as it is.

A key is not always a name that programmers chose: an object may be keyed by a phone, a user id or a
nickname. No rule tells `zhangsan` from `sendtime`, so a word is shown only if it is listed here;
any other is shown by its length. The words are those of the APIs' documents and of their like.
"""

from __future__ import annotations

import re

from connectors.xiaoe.endpoints import ENDPOINTS
from include.destination.worksheets import WORKSHEETS
from include.doctor.shape_report.kinds import mask

_SHOP = """
access account action active activity actual add address after aftersale age agent alias amount
answer api app appid applet apply appraise arr article at attr audio audit author avatar balance
base batch begin best bind birth bitmap body brand brief bus business button buy buyer cancel card
cart category certificate channel chapters check child children choose city class client close
clue code col collect collectibles collection color column columns comment commission community
company complete component compressed confirm consignee contact content copy cost count country
county coupon coupons course cover create created creator currency current cursor custom customer
data date day days default delete deleted deliver delivery department deposit desc describe
description detail details device dhs digest discount discounts display distribute distribution
district douyin duration earned edit education email empty enable end enter ent error es exam
exchange expire expired expires expiry express ext extend extra fail failed fee field fields file
final finish first flag follow forbid form format free freight friend from fund gender gift give
goods good grade grant gross group guide has hash head height help hidden hide high history hot
id ids idcard image images img import in income indentor index industry info information init
input installment integral intent interest internal introduction invalid invite invoice is item
items job join jump key keys kind label labels last lat latest leave left length lesson level
limit line link list live lng location lock log login logistics logo low mark market marketing
master max media member membership memo merchant message meta min mini mobile mode modified modify
module money month more msg multi name need new next nick nickname no node not note notice num
number object off offline old on online open openid operate operation operator option options
order orders org organization origin original other out over owner package packages page pages
paid param parcel parent part party pass password path pay payment payer percent period
periodical permission person phone photo pic picture place plan platform play point points
position post postcode preview price print prize product products profile promoter promotion
province public publish punch purchase push qq quantity que query question questions quota radio
rank rate ratio read real reason receive received receiver recom record records redeem refer
reference refund refundable refunded region register relate related relation remain remark remarks
remind repeat reply request require required resource resources response rest result results
return revenue reward right role row rule rules salary sale sales salesman scene school scope
score seal search section secret select selected sell seller sequence series service set settle
settled settlement sex share ship shipment shipped shop show sign size skip sku sku sn sort source
spec special split spu staff standard star start state status step stock stop store str street
student style sub subject submit subscribe subtype success sum summary superior support switch
sync synchronization system tag tags talent target task tax teacher team tel template term test
text third ticket tickets time times timing tip title token total track trade train training
transaction transfer trial try type types undertake union unionid unique unit update updated upload
url usage use used user username users valid validity value values verify veri version video view
virtual visible visit visited visitor vip volume way wechat weight width work wx xcx year zip zone
"""
_APP = """
aggregation alignment appkey autoid bar bidirectional built checked collaborator content control
controls ctime dot enum filter filters granularity granularity highlight hint icon json last layout
logs mask max men mtime option optionset owner ownerid pivot precision prefix readonly remove rowid
rows sections sections sheet sid sorts splice suffix table trigger uaid utime views worksheet
worksheets workflow
"""
_WORDS = frozenset((_SHOP + _APP).split())
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|_+|-")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,59}")
_MOST_DIGITS = 2  # of a numbered key; more are part of an id
_ENVELOPE = ("total\t",)  # so in a document of HAP
_KNOWN = frozenset(
    (
        *_ENVELOPE,
        *(name for one in ENDPOINTS.values() for name in one.list_keys),
        *(sheet.alias for sheet in WORKSHEETS),
        *(field.alias for sheet in WORKSHEETS for field in sheet.fields),
    )
)


def shown_key(key: str) -> str:
    """Return a key as far as it is made of listed words, and the shape of the rest."""
    if key in _KNOWN:
        return key
    parts = _PARTS.findall(key)
    if not _NAME.fullmatch(key) or sum(map(str.isdigit, key)) > _MOST_DIGITS:
        return mask(key)
    if "".join(parts) != key or not any(part.lower() in _WORDS for part in parts):
        return mask(key)
    return "".join(map(_shown_part, parts))


def _shown_part(part: str) -> str:
    separates = set(part) <= {"_", "-"}
    counts = part.isdigit() and len(part) == 1
    return part if separates or counts or part.lower() in _WORDS else f"<{len(part)}>"
