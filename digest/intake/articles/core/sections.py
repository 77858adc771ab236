"""Names of parts of a newspaper, which many feeds bear for a title, and no outlet for a name."""

import re
from functools import cache

from babel import Locale

_WORDS = """
africa africas all america americas analysis and article articles asia audio blog blogs breaking
business central comment comments culture daily east economy edition editorial editorials
entertainment europe feature features feed feeds front gallery headlines health home homepage
international investigations latest latin life lifestyle live local main markets middle money most
multimedia national newest news north of on online opinion opinions page pacific photos podcast
podcasts politics popular posts read recent region rss science section south special sport
sports stories story tech technology the top travel trending uk untitled us video videos viewed
weather west western world

aktuell aktuelle alle artikel ausland deutschland inland kultur lokales meldungen nachrichten
panorama politik regional schlagzeilen startseite topthemen welt wirtschaft wissen wissenschaft
gesellschaft neueste

à la une accueil actu actualité actualités culture derniers dernières économie europe flux france
infos internationale monde politique société titres

portada noticias últimas ultimas última internacional mundo política economía deportes cultura
inicio españa sociedad opinión actualidad notícias economia capa início brasil esportes todas

notizie ultime cronaca esteri mondo politica prima pagina tutte nieuws laatste binnenland buitenland
voorpagina economie nyheter senaste inrikes utrikes najnowsze wiadomości świat haberler son dakika

главное главные новости последние мир политика экономика общество культура спорт все лента россия
новини світ

정치 경제 사회 국제 북한 문화 스포츠 연예 최신기사 전체기사 주요기사 주요뉴스 최신뉴스 많이 본
뉴스 속보 헤드라인 최신 전체 기사 세계 오피니언 칼럼 사설 홈

国際 国内 政治 経済 社会 主要 主要ニュース ニュース トップ トップニュース 最新 最新ニュース 速報
新着 新着記事 記事 記事一覧 一覧 スポーツ 地域 科学 エンタメ
首页 首頁 國際 国际 要闻 要聞 新闻 新聞 时政 即时 即時 头条 頭條 滚动 滚动新闻 财经 財經 国内 國內
最新新闻 最新消息 社會 體育 体育 热点 焦点 即时新闻 國際新聞 国际新闻

أخبار الأخبار العالم سياسة اقتصاد عاجل رياضة الرئيسية आज समाचार दुनिया terkini berita dunia nasional
tin mới nhất thế giới thời sự trang chủ
"""
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f\u0900-\u0dff]+[^\W_]*)*")


def is_section(title: str) -> bool:
    """Whether a title names a part of a newspaper: "Top Stories", "North Korea", "À la une"."""
    sections, places = _known()
    plain = " ".join(_WORD.findall(title.casefold()))
    for place in places:
        if place in plain:
            plain = re.sub(rf"\b{re.escape(place)}\b", " ", plain)
    return set(plain.split()) <= sections


@cache
def _known() -> tuple[frozenset[str], tuple[str, ...]]:
    """The words of sections; the names of countries and parts of the world, long ones first."""
    sections = frozenset(" ".join(_WORD.findall(_WORDS.casefold())).split())
    names = (" ".join(_WORD.findall(name.casefold())) for name in Locale("en").territories.values())
    places = {name for name in names if len(name) > 3} | {"korea", "korean peninsula"}
    return sections, tuple(sorted(places, key=len, reverse=True))
