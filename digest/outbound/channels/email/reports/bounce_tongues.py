"""The table of words in the languages that hosts answer their own users in (pure).

Beside ``bounce_wording``, which has what common mail servers say. A mailbox that is full, or a pace
that is too fast, comes under 5.1.1 as often in Thai as in English: what nobody here can read would
shut the reader out by its code alone.
"""

from digest.outbound.channels.email.reports.bounce_reason import BounceReason, BounceRule, rule

_R = BounceReason
_LANGUAGES = "seen: hosts that answer in their own language"

# Where mail is kept, before a word for "full" in the same language.
_BOX = (
    r"(?:skrzynk|schránk|post(?:boks|kass|låd)|brevlåd|innbok|indbakk|inkorg|inboks|mailbox|inbox|"
    r"posta kutusu|gelen kutusu|postvak|postbus|caixa|casella|postafiók|căsuț|cutia|"
    r"скриньк|ящик|поштов)"
)

MILDER_IN_TONGUES: tuple[BounceRule, ...] = (
    rule(_R.FULL,
         rf"{_BOX}[^.;]{{0,55}}\b(?:pełn|pln[áýé]|full|fuld|dolu|vol\b|lotad|esgotad|esaurit|megtelt|"
         r"plin[ăa]|переповнен|заповнен|заполнен)|postilaatikko[^.;]{0,30}täynnä|"
         r"kutunuz dolu|γραμματοκιβώτι[^.;]{0,55}(?:γεμάτ|πλήρ)|תיבת[^.;]{0,30}מלא|"
         r"ממתל?א|صندوق[^.;]{0,40}(?:ممتل|ملي)|(?:kotak|peti)[^.;]{0,40}penuh|"
         r"hộp thư[^.;]{0,30}đầy|"
         r"เต็ม|मेलबॉक्स[^.;]{0,30}(?:भर|फुल)|அஞ்சல் பெட்டி[^.;]{0,30}நிர|kontingent|"
         r"speicher(?:limit|grenze)|(?:limit|przestrze)[^.;]{0,45}(?:przekroczon|wyczerpan)|"
         r"(?:kvot|kiintiö|kota\b|квот|κουότ|espaço|espacio|spazio|espace)[^.;]{0,55}"
         r"(?:över|over|ylit|aş|превыш|перевищ|υπέρβ|insuf|esgot|agot|esaur|dépass|\binsu)|"
         r"超出.{0,8}(?:限制|限额|配额|配額)|配额已|配額已",
         _LANGUAGES),
    rule(_R.RATE,
         r"too much (?:mail|e-?mail)|slow down|(?:zu|te|trop de|demasiad[ao]s|troppi|muitas|für) "
         r"(?:viele|schnell|veel|vlug|snel|messages|mensajes|correos|messaggi|mensagens)|"
         r"za dużo|za szybko|příliš mnoho|för många|for mange|liian mont|çok fazla|слишком "
         r"(?:много|част)|забагато|занадто (?:багато|част)|レート|制限を超|送信数|頻度|頻繁|過多|"
         r"频率|頻率|过于频繁|過於頻繁|太频繁|太頻繁|次数过多|속도 제한|너무 많|제한을 초과|빈도|"
         r"quá nhiều|terlalu (?:banyak|sering|cepat)|مرات كثيرة|عدد كبير",
         _LANGUAGES),
    rule(_R.NETWORK,
         r"vorübergehend|temporair|temporal|temporane|provisori|tijdelijk|tymczasow|dočasn|tillfällig|"
         r"midlertidig|tilapäis|geçici|тимчасов|átmeneti|ideiglenes|προσωριν|זמני|مؤقت|sementara|"
         r"tạm thời|ชั่วคราว|अस्थायी|தற்காலிக|일시적|나중에|後ほど|"
         r"(?:on|auf|en|im) (?:vacation|holiday|leave\b|urlaub|vacances|vacaciones)|"
         r"out of (?:the )?office|unverified address|verification (?:is )?in progress|"
         r"(?:unable|failed) to verify|"
         r"(?:can|could)(?:not| not|n't) (?:be )?verif",
         _LANGUAGES),
    rule(_R.REPUTATION,
         r"sperrliste|schwarze[nr]? liste|liste noire|list[ae] (?:negra|nera)|zwarte lijst|"
         r"czarn\w{1,4} li[sś]|černé listin|svart(?:e)? list|sortliste|mustalla listalla|"
         r"kara liste|"
         r"ч[её]рн\w{1,4} списк|чорн\w{1,4} списк|黑名单|黑名單|封锁名单|封鎖名單|ブラック ?リスト|"
         r"블랙 ?리스트|차단 ?(?:목록|리스트)|القائمة السوداء|"
         r"רשימה שחורה|daftar hitam|senarai hitam|danh sách đen",
         _LANGUAGES),
)  # fmt: skip

GONE_IN_TONGUES: tuple[BounceRule, ...] = (
    rule(_R.NO_MAILBOX,
         r"(?:alıcı|hesap|adres)[^.;]{0,30}(?:bulunamadı|mevcut değil|yok\b)|nem létezik|"
         r"nincs ilyen|ismeretlen (?:címzett|felhasználó)|nu există|(?:utilizator|destinatar)\w* "
         r"necunoscut|δεν (?:υπάρχει|βρέθηκε)|άγνωστος (?:χρήστης|παραλήπτης)|לא (?:קיים|נמצא)|"
         r"(?:المستخدم|المستلم|الحساب|العنوان|البريد)[^.;]{0,30}غير (?:موجود|معروف|صحيح)|"
         r"(?:pengguna|penerima|akaun|akun|alamat)[^.;]{0,30}tidak (?:ditemukan|wujud|dijumpai|"
         r"dikenal|ada\b)|không (?:tồn tại|tìm thấy)|ไม่พบ(?:ผู้ใช้|ผู้รับ|บัญชี)|ไม่มี(?:ผู้ใช้|บัญชี)|"
         r"(?:käyttäjää|vastaanottajaa|osoitetta) ei (?:ole|löydy)|tuntematon (?:käyttäjä|"
         r"vastaanottaja)|(?:사용자|계정|수신자|메일)[가이]? ?없습니다|"
         r"(?:उपयोगकर्ता|प्राप्तकर्ता)[^.;]{0,20}"
         r"नहीं|(?:பயனர்|பெறுநர்)[^.;]{0,20}இல்லை",
         _LANGUAGES),
    rule(_R.NO_MAILBOX,
         r"(?:account|mailbox)\b[^.;]{0,12} (?:has been |was |is )(?:deleted|"
         r"removed|terminated|cancelled|canceled|purged)\b|(?:user|person|employee|recipient) "
         r"(?:has )?left (?:the|this|our|us)|(?:konto|postfach|adresse|benutzer)[^.;]{0,45}"
         r"(?:gelöscht|aufgelöst)|(?:compte|adresse|bo[iî]te)[^.;]{0,30}supprimé|(?:cuenta|conta|"
         r"casella|account|buz[óo]n)[^.;]{0,30}(?:eliminad|cancellat|exclu[íi]d|borrad)|"
         r"(?:уч[её]тная запись|ящик|пользователь)[^.;]{0,30}удал[её]н|(?:账号|帐号|帳號|邮箱|"
         r"用户|用戶)[^.;]{0,8}(?:已注销|已註銷|已删除|已刪除)|(?:계정|사용자)[^.;]{0,8}삭제|"
         r"(?:宛先|アカウント|アドレス|ユーザ)[^。]{0,10}(?:削除|退会)",
         _LANGUAGES),
)  # fmt: skip
