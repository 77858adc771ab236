"""What hosts say in the languages of their own users, under codes that mean something else."""

import time

import pytest

from digest.outbound.channels.email.reports.bounce_tongues import (
    GONE_IN_TONGUES,
    MILDER_IN_TONGUES,
)
from digest.outbound.channels.email.reports.classify import judge, names_no_mailbox

# Sent under 5.1.1, "bad destination mailbox address", and about something else.
STAYS = [
    "Too many messages from your IP, slow down",
    "550 5.2.1 The recipient is getting mail too fast, try later",
    "you are sending too much mail to this user",
    "550 5.2.1 Mailbox receives too many messages per hour",
    "Recipient has exceeded their incoming message limit",
    "Trop de messages, veuillez ralentir",
    "Demasiados mensajes, intente más tarde",
    "送信レートが制限を超えました",
    "发送频率过高",
    "Слишком много писем",
    "수신 속도 제한을 초과했습니다",
    "Skrzynka odbiorcza jest pełna",
    "Schránka je plná",
    "Postboks full",
    "Brevlådan är full",
    "Postkassen er fuld",
    "Postilaatikko on täynnä",
    "Posta kutusu dolu",
    "Почтовый ящик переполнен",
    "Поштова скринька переповнена",
    "La casella di posta del destinatario è piena",
    "Caixa postal lotada",
    "Postvak is vol",
    "De mailbox van de ontvanger zit vol",
    "A postafiók megtelt",
    "Căsuța poștală este plină",
    "Το γραμματοκιβώτιο είναι γεμάτο",
    "תיבת הדואר מלאה",
    "صندوق البريد ممتلئ",
    "Kotak surat penuh",
    "Peti mel penerima penuh",
    "Hộp thư đầy",
    "กล่องจดหมายเต็ม",
    "사서함이 가득 찼습니다",
    "메일 용량 초과",
    "受信箱の容量が超過しています",
    "信箱空間已滿",
    "Kontingent überschritten",
    "Quota dépassé",
    "Benutzer hat sein Speicherlimit erreicht",
    "recipient's mailbox over its size limit",
    "Your IP is listed at zen.spamhaus.org",
    "Votre adresse IP est sur liste noire",
    "Su IP está en una lista negra",
    "IP в чёрном списке",
    "您的IP地址被列入黑名单",
    "送信元IPアドレスはブラックリストに登録されています",
    "Il tuo IP è in blacklist",
    "Adres IP jest na czarnej liście",
    "Adresse d'expéditeur refusée",
    "отправитель отклонён",
    "发件人被拒绝",
    "送信者が拒否されました",
    "Expéditeur inconnu",
    "Message considéré comme indésirable",
    "письмо похоже на спам",
    "스팸으로 분류되었습니다",
    "Benutzer vorübergehend nicht erreichbar",
    "Compte temporairement indisponible",
    "Cuenta suspendida temporalmente",
    "временно недоступен",
    "用户暂时不可用",
    "一時的にご利用できません",
    "recipient on vacation",
    "Nachricht zu groß",
    "greylisted, please try again in 5 minutes",
    "user lookup failed, directory unavailable",
    "LDAP lookup failure",
    "unable to verify recipient at this time",
    "Recipient address rejected: unverified address: Address verification in progress",
    "Recipient address rejected: unverified address: connect to mx.example: Connection timed out",
]

# Under a code that says nothing, and beyond doubt.
GONE = [
    "Gebruiker onbekend",
    "Mottagaren finns inte",
    "Alıcı bulunamadı",
    "Kullanıcı bulunamadı",
    "a felhasználó nem létezik",
    "utilizatorul nu există",
    "ο χρήστης δεν υπάρχει",
    "המשתמש לא קיים",
    "المستخدم غير موجود",
    "pengguna tidak ditemukan",
    "pengguna tidak wujud",
    "người dùng không tồn tại",
    "ไม่พบผู้ใช้",
    "käyttäjää ei ole",
    "Bruger findes ikke",
    "Nincs ilyen felhasználó",
    "L'utente non esiste",
    "destinatário não encontrado",
    "用戶不存在",
    "사용자를 찾을 수 없습니다",
    "그런 사용자가 없습니다",
    "उपयोगकर्ता नहीं मिला",
    "பயனர் இல்லை",
    "That user left the company",
    "There is no user with that name",
    "Account has been deleted",
    "mailbox was removed",
    "Das Konto wurde gelöscht",
    "Compte supprimé",
    "la cuenta fue eliminada",
    "учётная запись удалена",
    "账号已注销",
    "계정이 삭제되었습니다",
    "この宛先は削除されました",
]


@pytest.mark.parametrize("words", STAYS)
def test_the_milder_stands_in_every_language(words: str) -> None:
    refusal = f"550 5.1.1 {words}"
    assert not judge("5.1.1", refusal, permanent=True).is_hard
    # Nor does it shut the reader when our own relay hears it.
    assert not names_no_mailbox(refusal)


@pytest.mark.parametrize("words", GONE)
def test_a_mailbox_that_is_gone_is_gone_in_every_language(words: str) -> None:
    assert judge("5.0.0", f"550 {words}", permanent=True).is_hard
    assert not judge("4.0.0", f"450 {words}", permanent=True).is_hard


@pytest.mark.parametrize(
    "word",
    ["mailbox ", "account ", "konto", "kvot", "postkass", "caixa ", "γραμματοκιβώτι", "用户"],
)
def test_no_words_take_long_to_read(word: str) -> None:
    began = time.process_time()
    for row in (*MILDER_IN_TONGUES, *GONE_IN_TONGUES):
        row.fits((word * 6_000)[:6_000], ())
    assert time.process_time() - began < 1
