"""The words of which a key may be made to be shown as it is.

A key is not always a name that programmers chose: an object may be keyed by a phone, a user id or a
nickname. No rule tells `zhangsan` from `sendtime`, so a word is shown only if it is listed here;
any other is shown by its length. The words are those of the APIs' documents and of their like.
"""

from __future__ import annotations

import re

from connectors.xiaoe.endpoints import ENDPOINTS
from include.destination.sheets.worksheets import WORKSHEETS
from include.doctor.shape_report.enumerations import OUR_LABELS
from include.doctor.shape_report.kinds import mask

_TEXT = """
access account action active activity actual add address after aftersale age agent aggregation
alias alignment amount answer api app appid appkey applet applicant applied apply appraise
approval approve approved arr article assignee assignees assistant at attr audio audit audited
auditor author auto autoid avatar avg back balance bar base batch before begin best bidirectional
big bind birth bitmap body bottom brand brief built bus business button buy buyer by byte bytes
camp cancel card cart category certificate channel channels chapter chapters check checked child
children choose city class client clock close closed closing clue code col collaborator collect
collectibles collection color column columns comment commission community company complete
completed component compressed confirm consign consignee contact content control controls copy
cost count country counts county coupon coupons course cover covers create created creator ctime
currency current cursor custom customer data datas date day days deduct deep default delete
deleted deliver delivery department deposit desc describe description detail details device dhs
digest diploma discount discounts display distribute distribution district done dot douyin down
due duration earned edit education email empty enable end ent enter enum error es exam exchange
expire expired expires expiry express ext extend external extra fail failed fee field fields file
filter filters final finish finished first flag follow forbid form format forms free freight
friend from front full fullname fund gender gift give good goods grade grant granularity gross
group guest guide half has hash head height help hidden hide high highlight hint history host hot
icon id idcard ids ignore image images img import in income indentor index industry info
information init initiated initiator inner input inside installment integral intent interest
internal introduction invalid invite invoice is item items job join json jump key keys kind label
labels landscape last lat latest layout leave lecturer left length lesson level limit line link
list lists live lives lng location lock log login logistics logo logs long low manual map mark
market marketing mask master max mean media member membership memo men merchant message meta
middle min mini mobile mode modified modify module money month more msg mtime multi name need new
next nick nickname no node not note notes notice num number object off offline old on online only
open openid operate operation operator option options optionset order orders org organization
origin original other out outer outside over owner ownerid package packages page pages paid param
parcel parent part party pass password path pattern pay payer paying payment pending percent
period periodical permission person phase phases phone photo pic picture pivot place plan platform
play playback point points portal portrait position post postcode poster posters pre precision
prefix prev preview previous price print prize process processing product products profile promoter
promotion province public publish punch purchase push qq quantity que query question questions
quota radio rank rate ratio read readonly real reason reasons receive received receiver recom
record records redeem refer reference refund refundable refunded refunding region register reject
rejected relate related relation remain remaining remark remarks remind remove repeat replay reply
request require required resource resources response rest result results return revenue reward
right role row rowid rows rule rules salary sale sales salesman scene school scope score screen
seal search second secret section sections select selected sell seller sender sequence series
service set settle settled settlement sex share sheet ship shipment shipped shop short show shown
sid sign signed single size skip sku small sn sort sorts source sources speaker spec special
splice split spu staff standard star start started state status step stock stop store str street
student style sub subject submit subscribe subtype success successful suffix sum summary superior
support switch sync synchronization system table tag tags talent target task tax teacher team tel
template term test text third thumbnail ticket tickets time times timing tip title token top total
track trade train training transaction transfer trial trigger try type types uaid undertake union
unionid unique unit up update updated upload url usage use used user username users utime valid
validity value values veri verify version video view views vip virtual visible visit visited
visitor volume wait waiting way wechat weight whole width word words work workflow worksheet
worksheets wx xcx year zip zone
"""
_WORDS = frozenset(_TEXT.split())
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
        *OUR_LABELS,
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
