"""Letters made by hand, each with the words that somebody would look for in it: languages, charsets and encodings of the
world's mail, HTML, messages in messages, and mail that is broken."""
import base64
import quopri
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Letter:
    what: str
    content: bytes
    words: tuple[str, ...]  # to be found in its text
    hidden: tuple[str, ...] = field(default=())  # not to be found there


def encode(text, charset, encoding):
    data = text if isinstance(text, bytes) else text.encode(charset)
    if encoding == "base64":
        return base64.encodebytes(data)
    if encoding == "quoted-printable":
        return quopri.encodestring(data)
    return data


def part(text, charset="utf-8", encoding="base64", kind="text/plain", claimed=None, headers=""):
    claim = f"; charset={claimed or charset}" if charset else ""
    head = f"Content-Type: {kind}{claim}\r\nContent-Transfer-Encoding: {encoding}\r\n{headers}\r\n"
    return head.encode() + encode(text, charset or "utf-8", encoding)


def mail(body, subject="letter"):
    """`body` begins with the headers of MIME."""
    head = "From: Bob <bob@example.org>\r\nTo: alice@example.com\r\nMIME-Version: 1.0\r\n"
    return head.encode() + b"Subject: " + subject.encode("utf-8") + b"\r\n" + body


def multipart(*parts, kind="mixed", boundary="=_frontier", end=True):
    pieces = b"".join(f"--{boundary}\r\n".encode() + each + b"\r\n" for each in parts)
    last = f"--{boundary}--\r\n".encode() if end else b""
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode() + pieces + last


def forwarded(content):
    return b"Content-Type: message/rfc822\r\n\r\n" + content


TEXTS = (
    ("Polish", "Zażółć gęślą jaźń, prosi Łukasz.\n", ("Zażółć gęślą jaźń", "Łukasz"),
     ("utf-8/base64", "utf-8/quoted-printable", "iso-8859-2/quoted-printable", "iso-8859-2/8bit",
      "windows-1250/base64")),
    ("Romanian", "Îți trimit programul pentru săptămâna viitoare.\n", ("Îți trimit", "săptămâna"),
     ("utf-8/base64", "iso-8859-16/quoted-printable", "utf-8/8bit")),
    ("Romanian of old", "Îţi mulţumesc, Ştefan.\n", ("Îţi mulţumesc", "Ştefan"), ("windows-1250/base64",)),
    ("Russian", "Высылаю отчёт за третий квартал.\n", ("Высылаю отчёт", "квартал"),
     ("koi8-r/base64", "koi8-r/8bit", "windows-1251/quoted-printable", "utf-8/base64", "iso-8859-5/base64")),
    ("Japanese", "来週の打ち合わせの資料をお送りします。\n", ("打ち合わせ", "資料"),
     ("iso-2022-jp/7bit", "shift_jis/base64", "euc-jp/base64", "utf-8/quoted-printable")),
    ("Chinese", "附件是本周的项目进展报告。\n", ("项目进展报告", "附件"),
     ("gb2312/base64", "gb18030/base64", "utf-8/base64", "gbk/8bit")),
    ("Chinese of Taiwan", "請在星期五之前回覆。\n", ("星期五",), ("big5/base64",)),
    ("Korean", "회의 일정을 보내 드립니다.\n", ("회의 일정",), ("euc-kr/base64",)),
    ("Greek", "Σας στέλνω την πρόταση.\n", ("πρόταση",), ("iso-8859-7/quoted-printable",)),
    ("Hebrew", "מצורף החוזה החתום.\n", ("החוזה",), ("windows-1255/base64",)),
    ("Arabic", "مرفق العقد الموقع.\n", ("العقد",), ("windows-1256/base64",)),
    ("Turkish", "Toplantı İstanbul'da, saat beşte.\n", ("Toplantı İstanbul",), ("iso-8859-9/quoted-printable",)),
    ("German", "Grüße aus Köln für 20 €\n", ("Grüße aus Köln", "20 €"), ("iso-8859-15/quoted-printable",)),
    ("wide", "Żółw w UTF-16.\n", ("Żółw w UTF-16",), ("utf-16/base64",)),
    ("narrow", "Żaba w UTF-7.\n", ("Żaba w UTF-7",), ("utf-7/7bit",)),
)


def in_all_charsets():
    for language, text, words, ways in TEXTS:
        for way in ways:
            charset, encoding = way.split("/")
            yield Letter(f"{language}, {way}", mail(part(text, charset, encoding)), words)


MISLABELLED = (
    Letter("quotation marks of Windows, called Latin 1",
           mail(part("He said “żaden”…\n".replace("ż", "z"), "windows-1252", "base64", claimed="iso-8859-1")), ("“zaden”…",)),
    Letter("GBK called GB 2312", mail(part("朱镕基的報告\n", "gbk", "base64", claimed="gb2312")), ("朱镕基的報告",)),
    Letter("8-bit letters nobody announced",
           mail(b"\r\nZa kaw\xea i ciastko: caf\xe9\r\n"), ("café",)),
    Letter("UTF-8 nobody announced", mail("\r\nŻółta łódź podwodna\r\n".encode()), ("Żółta łódź",)),
    Letter("a charset nobody knows", mail(part("plain words: kość\n", "utf-8", "base64", claimed="x-klingon")), ("kość",)),
)

HEADERS = (
    Letter("a subject in base64", mail(b"\r\nx\r\n", "=?utf-8?B?xbzDs8WCxIc=?= w temacie"), ("Subject: żółć w temacie",)),
    Letter("a subject in Q", mail(b"\r\nx\r\n", "=?iso-8859-2?Q?=BF=F3=B3w?="), ("Subject: żółw",)),
    Letter("a subject in pieces",
           mail(b"\r\nx\r\n", "=?utf-8?B?xbzDs8WC?=\r\n =?utf-8?B?xIcga29sb3J1?=\r\n and more"),
           ("Subject: żółć koloru and more",)),
    Letter("a subject of raw UTF-8", mail(b"\r\nx\r\n", "żadnych kodów"), ("Subject: żadnych kodów",)),
    Letter("a sender in KOI8-R",
           b"From: =?koi8-r?B?6dfBziDw1dTSz9c=?= <ivan@example.ru>\r\nSubject: x\r\n\r\nx\r\n", ("Иван",)),
    Letter("an attachment named as RFC 2231 says", mail(multipart(
        part("see there\n"), part(b"%PDF", None, kind="application/pdf", headers="Content-Disposition: attachment;\r\n"
                                  " filename*0*=utf-8''za%C5%82; filename*1*=%C4%85cznik.pdf\r\n"))),
           ("załącznik.pdf", "application/pdf")),
    Letter("an attachment named as RFC 2047 does not allow", mail(multipart(
        part("see there\n"), part(b"PNG", None, kind="image/png", headers="Content-Disposition: attachment;\r\n"
                                  ' filename="=?utf-8?B?emRqxJljaWUucG5n?="\r\n'))), ("zdjęcie.png",)),
)


def html(text, **more):
    return mail(part(text, kind="text/html", **more))


HTML = (
    Letter("HTML alone", html("<html><head><style>b {color: hidden1}</style><script>var hidden2;</script></head>"
                              "<body><p>Dzie<b>ń do</b>bry</p><p>drugi&nbsp;akapit</p></body></html>"),
           ("Dzień dobry", "drugi akapit"), ("hidden1", "hidden2", "<p>")),
    Letter("HTML that says its charset itself",
           mail(b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
               "<meta http-equiv=Content-Type content='text/html; charset=windows-1250'><p>źrebię".encode("cp1250"))),
           ("źrebię",)),
    Letter("HTML of entities", html("<p>caf&eacute; &#379;&#xF3;&#322;w &lt;tag&gt; &euro;5 &unknown; AT&T</p>"),
           ("café Żółw <tag> €5 &unknown; AT&T",)),
    Letter("tables in tables", html("<table><tr><td><table><tr><td>komórka<td>druga</table></table>" * 300),
           ("komórka druga",)),
    Letter("links and pictures", html('<a href="https://example.org/faktura?id=4711&amp;x=1">tutaj</a>'
                                      '<img src="cid:1" alt="wykres sprzedaży">'),
           ("tutaj <https://example.org/faktura?id=4711&x=1>", "wykres sprzedaży")),
    Letter("tags that never end", html("początek <b <i <a href='x\" środek > koniec"), ("początek", "koniec")),
)

NESTED = (
    Letter("three charsets in one letter", mail(multipart(
        part("część pierwsza\n", "iso-8859-2"), part("часть вторая\n", "koi8-r"), part("第三部\n", "iso-2022-jp", "7bit"))),
        ("część pierwsza", "часть вторая", "第三部")),
    Letter("HTML that says more than the plain text", mail(multipart(
        part("short\n"), part("<p>tylko w HTML: świerszcz</p>", kind="text/html"), kind="alternative")),
        ("short", "świerszcz")),
    Letter("a letter in a letter", mail(multipart(
        part("see below\n"), forwarded(mail(part("treść wewnętrzna\n"), "=?utf-8?Q?wewn=C4=99trzny?=")))),
        ("see below", "Subject: wewnętrzny", "treść wewnętrzna")),
    Letter("twenty letters in each other",
           mail(b"".join(b"Content-Type: message/rfc822\r\n\r\nSubject: level %d\r\n" % level for level in range(20)) +
                part("na samym dnie\n")), ("level 19", "na samym dnie")),
    Letter("a report of a mail server", mail(multipart(
        part("not delivered\n"), part("Status: 5.1.1\r\nDiagnostic: nieznany użytkownik\r\n", kind="message/delivery-status"),
        kind="report; report-type=delivery-status")), ("nieznany użytkownik",)),
)

BROKEN = (
    Letter("no last boundary", mail(multipart(part("urwana łódź\n"), end=False)), ("urwana łódź",)),
    Letter("a boundary that never comes",
           mail(b'Content-Type: multipart/mixed; boundary="nowhere"\r\n\r\nthere is text\r\n'), ("there is text",)),
    Letter("base64 with dirt in it and cut", mail(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
        base64.encodebytes("brudna gęś pod śliwą i jeszcze długo".encode()).replace(b"\n", b"!*\r\n\r\n")[:-9]),
        ("brudna gęś",)),
    Letter("quoted-printable with bad escapes", mail(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"=C5=BC=C3=B3=C5=82w =ZZ =G =\r\ndalej=\r\n\r\n"), ("żółw", "dalej")),
    Letter("no headers", "same słowa bez nagłówka".encode(), ("same słowa",)),
    Letter("an encoding nobody knows", mail(part("goły tekst\n", "utf-8", "x-secret")), ("goły tekst",)),
    Letter("NUL and other controls", mail("\r\nprzed\0po \x1b[31m czerwień \x07\r\n".encode()), ("czerwień",),
           ("\x1b", "\x07")),
    Letter("old Macintosh", "Subject: stary mak\r\rlinia pierwsza\rlinia druga\r".encode(), ("linia druga",)),
    Letter("UTF-8 that is none", mail(part(b"dobre \xff\xfe z\xc5\xbce", "utf-8", "8bit")), ("dobre", "że")),
    Letter("nothing at all", b"", ()),
)

LETTERS = (*in_all_charsets(), *MISLABELLED, *HEADERS, *HTML, *NESTED, *BROKEN)
