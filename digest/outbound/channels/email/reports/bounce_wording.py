"""The table of words: what hosts of many languages mean by what they say (pure).

Where code and words disagree the milder stands, so the rows that speak for the mailbox (full, too
fast, about the sender …) are asked first, and a row that says "gone" counts only without them.
"""

from digest.outbound.channels.email.reports.bounce_reason import BounceReason, BounceRule, rule

_R = BounceReason

_RFC = "RFC 3463 and 5321, the standard's own words"
_SEEN = "seen: common mail servers"
_KUMO = "KumoMTA's community rules"
_LANGUAGES = "seen: hosts that answer in their own language"

# It may be gone, or something else: then nobody has said that it is.
HEDGES = rule(
    _R.HEDGED,
    r"\b(?:may|might) (?:not|be|have|no longer)\b|possib(?:ly|le)|perhaps|il se peut|peut[- ]?être|"
    r"möglicherweise|vielleicht|eventuell|quiz[áa]s|tal vez|puede que|talvez|potrebbe|forse|"
    r"misschien|mogelijk|może|возможно|можливо|možná|pravděpodobně|可能性|かもしれ|可能|ενδέχεται|"
    r"아마|수 있습니다",
    _LANGUAGES,
)

MILDER_RULES: tuple[BounceRule, ...] = (
    rule(_R.FULL,
         r"\bquota\b|overquota|(?:mail)?box\w*[^.;]{0,40}\bfull\b|\bfull (?:mail|in)box|"
         r"out of (?:disk |storage |mail )?space|storage (?:limit|allocation)|"
         r"no space left|insufficient (?:disk|storage|space)|space (?:shortage|exhausted)|"
         r"(?:mailbox|account|user)\b[^.;]{0,40}(?:size )?limit ex|over (?:the )?(?:size|storage|"
         r"disk|mailbox)[^.;]{0,20}limit|too many (?:messages|mails) (?:in|on) (?:this|the|your)",
         _SEEN),
    rule(_R.FULL,
         r"speicherplatz|postfach[^.;]{0,30}voll|bo[iî]te[^.;]{0,40}(?:pleine|saturée|remplie)|"
         r"buz[óo]n[^.;]{0,30}lleno|cuota|caixa[^.;]{0,30}cheia|casella[^.;]{0,30}piena|"
         r"przepełnion|přeplněn|переполнен|一杯|いっぱい|容量|満杯|已满|已滿|空间不足|空間不足|"
         r"용량|가득",
         _LANGUAGES),
    rule(_R.TOO_LARGE,
         r"too (?:large|big|long)\b|size limit|message size|maximum (?:message )?size|"
         r"exceeds? (?:the )?(?:fixed |maximum |allowed )+|(?:zu|trop|demasiado|muito) "
         r"(?:groß|gros|grande)",
         _SEEN),
    rule(_R.RATE,
         r"\brate\b(?! you\b)|too many|too (?:fast|quickly|frequent)|throttl|frequency limit|"
         r"(?:hourly|daily|sending|message|connection) limit|limit(?:s)? (?:exceeded|reached)|"
         r"mail flood|gr[ea]y.?list",
         _SEEN),
    rule(_R.NETWORK,
         r"temporar|try (?:again|later)|later\b|retry time|timed? ?-?out|gave up|giving up|"
         r"connection (?:refused|reset|lost|dropped|closed|timed)|not respon(?:d|se)|unreachable|"
         r"no route|network|servfail|lookup (?:failed|failure|error|timed)|\bloop|\bhops?\b|"
         r"hop count|busy\b|(?:did|could) not (?:be )?complete|within \d+ (?:days|hours)|"
         r"message expired|an? (?:einem )?späteren|réessayer|plus tard|más tarde|mais tarde|"
         r"しばらく|一時的|稍后|稍後|暂时|暫時|позже|временно",
         _SEEN),
    rule(_R.SENDER,
         r"sender(?:'s|s)?\b[^.;]{0,60}(?:reject|den(?:y|ied)|not |unknown|invalid|does|verif|"
         r"block|ban|fake)|(?:reject|invalid|unknown|fake|unverified|blocked|denied|bad)\w*[^.;]"
         r"{0,20}\bsender|sender (?:address|domain)|mail from\b|from (?:address|header|domain)|"
         r"envelope sender|return[- ]path|(?:permission|allowed|authori[sz]ed|permitted) to "
         r"(?:send|post|mail)|cannot send e-?mail to yourself",
         _SEEN),
    rule(_R.SENDER,
         r"absender|expéditeur|émetteur|remitente|remetente|mittente|afzender|nadawc|отправител|"
         r"差出人|送信元|送信者|发件人|寄件人|寄件者|发信人|발신|보낸 ?사람",
         _LANGUAGES),
    rule(_R.REPUTATION,
         r"(?:black|block|deny)[- ]?list|\bdnsbl\b|\b\w?rbl\b|spamhaus|spamcop|sorbs|barracuda|"
         r"reputation|(?<!not )\blisted (?:at|on|by|in)\b|\b(?:sending|source|client|connecting|"
         r"from|this) ip\b|ip address[^.;]{0,30}(?:block|black|list|reject|den|ban|not)|"
         r"your (?:ip|host|server|domain|network|isp|mx|mail server)|"
         r"sending (?:ip|host|server)|client host|\bbanned\b|"
         r"reverse|\bptr\b|\brdns\b|\bhelo\b|\behlo\b|open relay|\bblocked\b|"
         r"unsolicited|\bbulk\b|bloquée pour|gesperrt|свой ip",
         _SEEN),
    rule(_R.AUTHENTICATION,
         r"\bspf\b|\bdkim\b|\bdmarc\b|\barc\b|authenticat|starttls|\btls\b|encryption|sender id",
         _SEEN),
    rule(_R.CONTENT,
         r"\bspam|junk|virus|malware|phish|\bcontent\b|attachment|\bmessage header|header error|"
         r"\bu[bc]e\b|\burls?\b|spamassassin|垃圾|スパム|迷惑メール|спам|스팸|unerwünscht|indésirable",
         _SEEN),
    rule(_R.POLICY,
         r"\bpolic(?:y|ies)\b|prohibit|administrative|not (?:authori[sz]ed|permitted)|"
         r"access (?:is )?(?:denied|not)|no access\b|permission|restrict|security|violat|forbidden|"
         r"(?:not|aren't) (?:a )?member|members only|moderat|challenge|(?:white|allow)[- ]?list|"
         r"(?<!name )not allowed|berechtig|autoris[ée]s?\b|autorizad|autorizzat|權限|权限|権限|"
         r"拒收|拒否|oprávnění|oprawnie|разрешени|права",
         _SEEN),
    rule(_R.FILTERED,
         r"\bfilter|recipient(?:'s)? (?:preferences|settings)|(?:does|do)(?:n't| not) (?:wish|"
         r"want)|rejected by (?:the )?(?:user|recipient|addressee)\b(?! (?:domain|server|"
         r"host|system))|does not accept (?:mail|e-?mail|"
         r"messages) from",
         _SEEN),
    rule(_R.RELAYING,
         r"relay(?:ing)? (?:access |is |of mail )?(?:denied|prohibited|not|disallowed)|"
         r"(?:unable|not (?:permitted|allowed|configured|authori[sz]ed|able)|cannot|isn't allowed) "
         r"to relay|not (?:be )?relay|won't relay|rcpthosts",
         _SEEN),
    rule(_R.SYSTEM,
         r"(?:system|internal|server|local|i/?o|database|ldap|configuration) (?:error|failure|"
         r"problem)|misconfigur|resources|disk\b|out of memory|queue file|"
         r"could(?:n't| not) (?:create|open|write|lock)|"
         r"exit (?:status|code)|write error",
         _SEEN),
    rule(_R.PROTOCOL,
         r"protocol (?:error|violation)|bad sequence|line too long|command (?:parameter )?"
         r"(?:not|unrecogni[sz]ed)|8bit|smtputf8",
         _SEEN),
)  # fmt: skip

_WHO = (
    r"(?:user|recipient|rcpt|mailbox|mail-box|account|address|addressee|alias|person|customer|id)"
)

GONE_RULES: tuple[BounceRule, ...] = (
    rule(_R.NO_MAILBOX,
         rf"unknown (?:or (?:illegal|invalid) )?(?:local[- ]?part|{_WHO})|{_WHO}\b[^.;]{{0,60}}?"
         r"(?:\bis |\bwas |\bhas been )?\b(?:unknown|unrecogni[sz]ed)\b|addressee unknown|"
         rf"un(?:known|recogni[sz]ed) {_WHO}",
         _SEEN),
    rule(_R.NO_MAILBOX,
         rf"(?:no such|cannot find|can't find|could not find|not an? (?:valid|existing|known))[^.;]"
         rf"{{0,20}}\b(?:local )?{_WHO}\b|no {_WHO}\b[^.;]{{0,20}}(?:by|of|with|under) that|"
         rf"no mail-?box\b|{_WHO}\b[^.;]{{0,60}}?\b(?:not found|notfound|(?:does|do|did)"
         r"(?: not|n't) exist|not exist|no exists|not (?:known|listed|valid|be found)|isn't valid|"
         r"no longer (?:valid|available|in use|active|exists?|on (?:this )?server|with|works|"
         r"employed|here))",
         _SEEN),
    rule(_R.NO_MAILBOX,
         rf"(?:invalid|illegal|non-?existent|bad)(?: \w+)? {_WHO}\b|{_WHO}\b[^.;]{{0,20}} "
         r"(?:is )?(?:invalid|non-?existent)\b|(?:user|account) unavailable|unavailable mail user|"
         r"no valid recipients? were found|not (?:a )?(?:valid )?(?:local )?user|"
         r"mailbox name not allowed|recipient no longer|has no(?:t)? (?:\w+ )?(?:mailbox|account)|"
         r"not listed in|(?:does not|doesn't) have an? (?:\S+ )?(?:user|account|mailbox|address)|"
         r"not have a final email delivery|invalid (?:final delivery userid|rcpt ?to)",
         _SEEN),
    rule(_R.NO_MAILBOX, r"bad destination mailbox|undeliverable address|not our customer|"
         r"delivery to (?:that|this) (?:user|address) is not possible", _KUMO),
    # RFC 5321, 4.2.2, has these two stand for reasons of policy too.
    rule(_R.NO_MAILBOX, r"mailbox unavailable|address rejected|recipient rejected", _RFC,
         plain=False),
    rule(_R.NO_MAILBOX,
         r"(?:empfänger|benutzer|nutzer|adressat|postfach|adresse|mailbox)\w*[^.;]{0,50}(?:unbekannt"
         r"|existiert nicht|nicht (?:gefunden|bekannt|vorhanden|existent)|gibt es nicht|ungültig)|"
         r"(?:unbekannte|ungültige)\w* (?:empfänger|benutzer|adress|postfach|e-?mail)",
         _LANGUAGES),
    rule(_R.NO_MAILBOX,
         r"(?:utilisateur|destinataire|adresse|bo[iî]te|compte)[^.;]{0,50}(?:inconnue?|inexistante?|"
         r"invalide|introuvable|n['’]existe (?:pas|plus))|n['’]existe (?:pas|plus)",
         _LANGUAGES),
    rule(_R.NO_MAILBOX,
         r"(?:usuario|destinatario|direcci[óo]n|buz[óo]n|cuenta|correo)[^.;]{0,50}(?:desconocid|"
         r"inexistente|no (?:existe|encontrad|v[áa]lid)|inv[áa]lid)|(?:usu[áa]rio|destinat[áa]rio|"
         r"endereço|caixa|conta)[^.;]{0,50}(?:desconhecid|inexistente|n[ãa]o (?:existe|encontrad)|"
         r"inv[áa]lid)|(?:utente|destinatario|casella|indirizzo)[^.;]{0,50}(?:sconosciut|inesistente|"
         r"non (?:esiste|trovat|valid))",
         _LANGUAGES),
    rule(_R.NO_MAILBOX,
         r"(?:gebruiker|ontvanger|adres)[^.;]{0,40}(?:onbekend|bestaat niet|niet gevonden)|"
         r"onbekende (?:gebruiker|ontvanger)|nie istnieje|nieznany (?:użytkownik|odbiorca)|"
         r"neexistuje|neznámý (?:uživatel|příjemce)|finns inte|okänd (?:användare|mottagare)|"
         r"findes ikke|finnes ikke|ukjent (?:bruker|mottaker)|ukendt (?:bruger|modtager)|"
         r"ei ole olemassa|mevcut değil|kullanıcı (?:yok|bulunamadı)|не существует|не найден|"
         r"неизвестный (?:пользователь|получатель)|нет такого|не існує|не знайдено",
         _LANGUAGES),
    rule(_R.NO_MAILBOX,
         r"(?:宛先|あて先|ユーザ|アドレス|メールボックス|受信者)[^。]{0,30}(?:存在しま?せ?ん?|"
         r"見つかりません|不明|間違|誤り|ありません|該当)|存在しない(?:ユーザ|アドレス|宛先)|"
         r"(?:用户|用戶|使用者|收件人|邮箱|郵箱|信箱|帐号|账号|帳號|地址)[^。]{0,12}(?:不存在|未找到|"
         r"找不到|没有找到|错误|無效|无效|未知)|查无此|查無此|无此用户|존재하지 ?않|찾을 수 없|"
         r"없는 (?:사용자|계정|메일)",
         _LANGUAGES),
    rule(_R.MOVED,
         rf"{_WHO}\b[^.;]{{0,30}} has (?:been )?(?:moved|replaced|changed) |"
         r"please (?:use|try) <",
         _SEEN),
    rule(_R.NO_DOMAIN,
         r"(?:host|domain|system)(?: name)?(?: or \w+ name)?(?: is| was)? (?:not found|unknown|"
         r"invalid|does(?: not|n't) exist)|unknown (?:host|domain)|no such (?:host|domain)|"
         r"nxdomain|name or service not known|bad destination system|null ?mx|no mx (?:found|"
         r"record)|unrout(?:e)?able|domain name not found|(?:host|domain|server)[^.;]{0,40} does "
         r"not accept (?:any )?mail\b|non-?existent hosts?|indicated no smtp service|"
         r"domäne? existiert nicht|domaine inexistant|"
         r"dominio (?:inexistente|no existe)|域名不存在|"
         r"ドメイン[^。]{0,12}(?:存在しません|見つかり)",
         _SEEN),
)  # fmt: skip

DISABLED_WORDS = rule(
    _R.DISABLED,
    r"disabled|deactivated|inactive|suspended|discontinued|frozen|locked|expired|closed|dormant|"
    r"not (?:been )?activ|no longer accept|deaktiviert|stillgelegt|"
    r"désactivé|suspendu|bloqu[ée]|desactivad|"
    r"suspendid|disattivat|停用|冻结|凍結|休止|停止|無効|禁用|заблокирован|отключен",
    _SEEN,
)
