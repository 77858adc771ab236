"""Words that say nothing about an event, per language, folded as :func:`words.fold` folds them."""

_EN = """
a about above after again against all also am among an and any are aren around as at be because
been before being below between both but by can cannot could couldn did didn do does doesn doing
don down during each either else ever every few for from further get gets got had hadn has hasn have
haven having he her here hers herself him himself his how however if in into is isn it its itself
just like ll made make many may me might mightn more most much must mustn my myself needn neither
no nor not now of off on once one only onto or other our ours ourselves out over own per put quite
rather re really said same say says shan she should shouldn since so some still such than that the
their theirs them themselves then there these they this those though through thus to too under
until unto up upon us use used ve very via was wasn we well were weren what when where whether
which while who whom whose why will with within without won would wouldn yes yet you your yours
yourself yourselves
"""
_DE = """
aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis
bist da dabei damit dann das dass dein dem den denn der des die dies diese diesem diesen dieser
dieses doch dort du durch ein eine einem einen einer eines er es etwas euch fur gegen hab haben hat
hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jede
jedem jeden jeder jetzt kann kein keine keinen konnen man mehr mein mich mir mit muss nach nicht
nichts noch nun nur ob oder ohne sagt sagte sehr sei seien sein seine seinem seinen seiner seit
sich sie sind so soll sollen sollte sowie uber um und uns unter vom von vor war waren was weil
weiter wenn wer werde werden wie wieder will wir wird wo wurde wurden zu zum zur zwar zwischen
"""
_FR = """
ai ainsi alors apres au aucun aussi autre aux avant avec avoir car ce cela celle celui ces cet cette
ceux chez comme contre dans de depuis des deux dit donc dont du elle elles en encore entre est et
etaient etait ete etre eu eux fait faire font hors il ils je la le les leur leurs lors lui mais me
meme moins mon ne ni nos notre nous on ont ou par parce pas pendant peu peut plus pour pourquoi
quand que quel quelle qui quoi sa sans se selon ses si son sont sous sur ta te tous tout toute
toutes tres tu un une vers vos votre vous
"""
_ES = """
al algo ante antes aqui asi aun aunque bajo bien cada casi como con contra cual cuando de del desde
dijo donde dos durante el ella ellas ellos en entre era eran es esa ese eso esta estaba estado
estan estar este esto estos fue fueron ha haber habia hace hacia han hasta hay la las le les lo los
mas me mi mientras muy nada ni no nos o otra otro otros para pero poco por porque pues que quien se
segun ser si sido sin sobre son su sus tambien tan tanto te tiene tienen todo todos tras tu un una
uno unos y ya yo
"""
_IT = """
ad agli ai al alla alle allo anche ancora avere c che chi ci come con contro cosa cui da dagli dai
dal dalla dalle dei del della delle dello detto di dopo dove due e ed era erano essere fa fino fra
gia gli ha hanno i il in io la le lei li lo loro lui ma mentre mi nei nel nella nelle nello noi non
nostro o ogni per perche piu poi prima quale quando quanto quella quelle quelli quello questa queste
questi questo qui se sei senza si sia sono sta stata stati stato su sua sue sugli sui sul sulla
suo suoi tra tutti tutto un una uno vi voi
"""
_PT = """
ainda alem antes ao aos apos aquela aquele as ate cada com como contra da das de dela dele depois
desde disse do dois dos durante e ela elas ele eles em enquanto entre era essa esse esta estao
estar estava este eu foi foram ha isso isto ja lhe mais mas me mesmo meu muito na nao nas nem no
nos num numa o os ou outra outro outros para pela pelas pelo pelos por porque qual quando que quem
sao se segundo sem ser seu seus sido so sob sobre sua suas tambem tem ter teve toda todo todos um
uma umas uns
"""
_NL = """
aan al alle als andere bij daar dan dat de der deze die dit doch doen door dus een eens en er ge
geen had hebben heb heeft hem het hier hij hoe hun iets ik in is ja je kan kon kunnen maar meer men
met mij mijn moet na naar niet niets nog nu of om onder ons ook op over reeds te tegen toch toen
tot u uit uw van veel voor want waren was wat we wel werd wezen wie wil worden wordt zal ze zei
zelf zich zij zijn zo zonder zou
"""
_RU = """
а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до
его ее если есть еще же за здесь и из или им их к как какои когда который которая которые ли
лишь между меня мне много может можно мы на над надо наш не него нее нет ни них но ну о об однако
он она они оно от очень перед по под после потому при про с сам свои себя сеичас со так также там
те тем то тогда того тоже только том ты у уже чего чем через что чтобы эта эти это этого этом этот
"""
_PL = """
aby ale bez bo by byc byl byla bylo byly co czy dla do gdy gdzie go i ich ile im ja jak jako je
jednak jego jej jest jeszcze juz kiedy kto ktora ktore ktory lub ma mi mnie moze na nad nam nas nie
niz o od ona one oni oraz po pod przed przez przy sa sie ta tak takze tam te tego tej ten to tu
tylko tym w we wiec z za ze
"""
_ID = """
ada adalah agar akan anda antara apa atau bagi bahwa banyak beberapa belum bisa dalam dan dapat dari
dengan di dia harus hingga ia ini itu jika juga kami karena kata ke kepada kita lagi lain lebih
mereka namun oleh pada para saat saja saya sebagai sebuah secara sejak seperti serta sudah tak
telah tersebut tetapi tidak untuk yang
"""
_SV = """
att av blev bli den denna det detta dig din dock du dar efter ej eller en ett for fran ha hade han
hans har hon hur i icke in inte jag kan kommer kunde man med men mot mycket nar nu och om oss pa
sa sade sager sedan sig sin sina skulle som ska till under upp ut utan vad var vara vi vid vilka ar
"""
_TR = """
ama ancak bazi belki ben bir biri bu cok da daha de degil diye en gibi gore ha hem hep her hic icin
ile ise iki kadar ki kim mi mu ne neden o olan olarak oldu olduğu on onlar onu sonra su tum ve veya
ya yani yok
"""
_AR = """
ان او اي اذا الا الى التي الذي الذين اما انه انها اكثر بعد بعض بل بن به بها بين تم تلك ثم حتى حول
حيث خلال ذلك ضد عام عبر عدد عدم على علي عن عند عندما غير في فيه فيها قال قالت قبل قد كان كانت كل كما
لا لدى لقد لكن لم لن له لها ما مع من منذ منها منه نحو هذا هذه هناك هو هي و وفي وقال وقد ومن يكون يوم
"""
_NB = """
av at bare ble bli da de den der det dette du eller en er et etter for fra ha hadde han har hun
hva i ikke ingen jeg kan med men mot mye na nar noe og om opp oss over pa sa seg sier sin skal som
til under ut var ved vi vil ville a
"""

STOP_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(listed.split())
    for language, listed in {
        "en": _EN,
        "de": _DE,
        "fr": _FR,
        "es": _ES,
        "it": _IT,
        "pt": _PT,
        "nl": _NL,
        "ru": _RU,
        "pl": _PL,
        "id": _ID,
        "ms": _ID,
        "sv": _SV,
        "da": _NB,
        "nb": _NB,
        "no": _NB,
        "tr": _TR,
        "ar": _AR,
    }.items()
}
