"""Names of parts of a newspaper, which many feeds bear for a title, and no outlet for a name."""

import re
from functools import cache

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
# Countries and parts of the world, after CLDR's English names: written down, for a poller has no
# other use for Babel's memory.
_PLACES = """
afghanistan, africa, albania, algeria, american samoa, americas, andorra, angola, anguilla,
antarctica, antigua barbuda, argentina, armenia, aruba, ascension island, asia, australasia,
australia, austria, azerbaijan, bahamas, bahrain, bangladesh, barbados, belarus, belgium, belize,
benin, bermuda, bhutan, bolivia, bosnia herzegovina, botswana, bouvet island, brazil, britain,
british indian ocean territory, british virgin islands, brunei, bulgaria, burkina faso, burma,
burundi, cambodia, cameroon, canada, canary islands, cape verde, caribbean, caribbean netherlands,
cayman islands, central african republic, central america, central asia, ceuta melilla, chad,
chile, china, christmas island, clipperton island, cocos keeling islands, colombia, comoros, congo
brazzaville, congo kinshasa, cook islands, costa rica, croatia, cuba, curaçao, cyprus, czech
republic, czechia, côte d ivoire, denmark, diego garcia, djibouti, dominica, dominican republic,
eastern africa, eastern asia, eastern europe, ecuador, egypt, el salvador, england, equatorial
guinea, eritrea, estonia, eswatini, ethiopia, europe, european union, eurozone, falkland islands,
faroe islands, fiji, finland, france, french guiana, french polynesia, french southern
territories, gabon, gambia, gaza, georgia, germany, ghana, gibraltar, great britain, greece,
greenland, grenada, guadeloupe, guam, guatemala, guernsey, guinea, guinea bissau, guyana, haiti,
heard mcdonald islands, honduras, hong kong, hungary, iceland, india, indonesia, iran, iraq,
ireland, isle of man, israel, italy, ivory coast, jamaica, japan, jersey, jordan, kazakhstan,
kenya, kiribati, korea, korean peninsula, kosovo, kuwait, kyrgyzstan, laos, latin america, latvia,
lebanon, lesotho, liberia, libya, liechtenstein, lithuania, luxembourg, macau, macedonia,
madagascar, malawi, malaysia, maldives, mali, malta, marshall islands, martinique, mauritania,
mauritius, mayotte, melanesia, mexico, micronesia, micronesian region, middle africa, moldova,
monaco, mongolia, montenegro, montserrat, morocco, mozambique, myanmar burma, namibia, nauru,
nepal, netherlands, new caledonia, new zealand, nicaragua, niger, nigeria, niue, norfolk island,
north america, north korea, north macedonia, northern africa, northern america, northern europe,
northern ireland, northern mariana islands, norway, oceania, oman, pakistan, palau, palestine,
palestinian territories, panama, papua new guinea, paraguay, peru, philippines, pitcairn islands,
poland, polynesia, portugal, puerto rico, qatar, romania, russia, rwanda, réunion, samoa, san
marino, sark, saudi arabia, scotland, senegal, serbia, seychelles, sierra leone, singapore, sint
maarten, slovakia, slovenia, solomon islands, somalia, south africa, south america, south georgia
south sandwich islands, south korea, south sudan, southeast asia, southern africa, southern asia,
southern europe, spain, sri lanka, st barthélemy, st helena, st kitts nevis, st lucia, st martin,
st pierre miquelon, st vincent grenadines, sub saharan africa, sudan, suriname, svalbard jan
mayen, sweden, switzerland, syria, são tomé príncipe, taiwan, tajikistan, tanzania, thailand,
timor leste, togo, tokelau, tonga, trinidad tobago, tristan da cunha, tunisia, turkmenistan, turks
caicos islands, tuvalu, türkiye, u s virgin islands, uae, uganda, ukraine, united arab emirates,
united kingdom, united nations, united states, unknown region, uruguay, uzbekistan, vanuatu,
vatican city, venezuela, vietnam, wales, wallis futuna, west bank, western africa, western asia,
western europe, western sahara, world, yemen, zambia, zimbabwe, åland islands
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
    places = (" ".join(name.split()) for name in _PLACES.split(","))
    return sections, tuple(sorted(places, key=len, reverse=True))
