"""How common words are in news before the first article has arrived.

Tiers written by hand: the share of English reports, out of a thousand, in which a reporter expects
the word. They matter for the first hours of a stream and then fade behind its own counts.
"""

from digest.newsdesk.stories.text.words import stem, stem_key

DOCUMENTS = 1000

_TIERS: dict[int, str] = {
    150: "new year people time president government first last two three day week state country",
    90: """world million old report news monday tuesday wednesday thursday friday saturday sunday
        percent national public official officials today month group company including man woman
        city according told city work way united police american company made percent billion""",
    50: """home house party minister law court case high top help need take plan part right family
        end four five six seven eight nine ten big long early late far good best show life number
        school market business health deal call called expected add added make leader leaders
        lead chief head team game war power political economic international local major next
        back go going come came see think know want says statement spokesman spokeswoman member
        members second former place thousand hundred never another many service support""",
    25: """january february march april may june july august september october november december
        election vote voters campaign bill senate congress parliament security military attack
        killed dead death died die kill injured victims charge charged trial judge prison arrest
        arrested investigation crime women men children child students young university study
        research data price prices stock stocks shares rate rates bank growth economy trade tax
        cut rise rose fall fell record quarter sales profit budget job jobs workers money cost
        pay film movie show music star season win won lose lost play player players match final
        fire water storm weather water food drug drugs hospital patients doctor medical disease
        virus technology internet online social media video photo phone app users site web
        foreign defense army force forces talks peace agreement sanctions border crisis
        white black south north east west central british british european chinese russian
        russia china europe america york washington london street office secretary department
        agency director executive order rule decision meeting interview letter issue issues
        change claim claims warn warns warning face faces fear fears hit hits set sets open opens
        start starts begin begins continue plans announce announced announces reveal reveals
        launch launches urge urges say want live update updates latest breaking watch things""",
    12: """able accept access accord account across act action active actual add address admit
        advance advice affect age agree ahead aid aim air allow alone along already although always
        amid among amount answer appear approach approve argue area arrive art article ask assist
        attempt attend attention author authority average avoid award away baby ball ban bar base
        basic bear beat beautiful bed benefit bid bigger bill bird bit block blood blow blue board
        boat body book boost bottom box boy brand break bridge bring broad brother brought build
        building built burn bus buy camera camp cancel capital car card care career carry case catch
        cause central century certain chair challenge chance character check choice choose church
        citizen claim class clean clear click climate close club coach coast code cold collect
        college color come comment commission commit committee common community compare complain
        complete computer concern condition conduct conference confirm connect consider contact
        contain content contest control cook cool copy corner correct council counsel count couple
        course cover create critic critical cross crowd culture current customer daily damage danger
        dark data date daughter debate decade decide deep defend degree delay deliver demand deny
        depart depend describe deserve design despite detail develop device different difficult
        dinner direct disappear discover discuss dispute district doctor document dog dollar door
        double doubt draft draw dream dress drink drive driver drop dry earlier earn earth ease
        east easy eat edge edit educate effect effort eight eleven emerge emergency employ empty
        energy engine enjoy enough enter entire environment equal escape especially establish event
        eventually evidence exactly example except exchange expand experience expert explain express
        extend extra eye fact factor factory fail fair famous fan farm fast father favor feature
        feed feel field fight figure fill find fine finish firm fish fit fix flag flat flight floor
        fly focus follow foot forget form forward found free front fuel full fund future gain garden
        gas gather gave general girl given glass global goal gold green ground grow guard guess
        guest guide gun guy half hall hand handle hang happen happy hard head hear heart heat heavy
        held hello hide history hold holiday hope hospital host hotel hour huge human husband ice
        idea identify image imagine impact implement important impose improve incident income
        increase independent indicate industry inform injury inside insist install instead insurance
        intend involve island join joint joke journalist journey judge jump justice keep key kid
        kind kitchen knee knew know known lack lake land language large larger latest laugh launch
        lawyer lay learn least leave left leg legal length lesson letter level lie lift light
        lights limit line link list listen little local lock logo look loss lot love low lower luck
        machine mail main maintain manage manager map mark mass matter mean measure meet memory
        mention message middle might mile mind mine minor minute miss mission mix model modern
        moment monitor month mother motor mountain mouth move multiple museum name nation nature
        near nearly necessary neighbor net network never nice night nobody noise none normal note
        notice nurse object occur ocean odd offer officer oil ongoing operate operation opinion
        opportunity oppose option organize origin original ought outside owner pack package page
        paint pair panel paper parent park partner pass passenger past path patient pattern pause
        peak perform perhaps period permanent permit person phase phone photograph pick picture
        piece pilot plane planet plant platform please pledge plus pocket point pool poor popular
        population port position positive possible post potential practice prepare present press
        pressure pretty prevent previous private prize probably problem process produce product
        program progress project promise promote proper property propose protect prove provide
        publish pull purchase purpose push quality question quick quickly quiet quit race radio rail
        rain range rapid rare reach react read ready real reality reason receive recent recently
        recognize recommend recover red reduce refer reflect reform refuse region regular reject
        relate relation release rely remain remember remind remote remove repair repeat replace
        reply request require rescue reserve resident resource respond rest restaurant result resume
        retire return review rich ride ring risk river road rock role roof room root round route row
        run runs rural safe safety sail salt satellite save scale scene schedule science scientist
        screen sea search seat section sector seek seem select sell senior sense separate series
        serious serve session settle seven several share sharp shift ship shock shoot shop short
        shot shoulder shut sick side sign signal silent similar simple single sister site sit
        situation sixth size skill skin sky sleep slow small smart snow social soft soil soldier
        solution solve someone something son song soon sort sound source space speak special
        specific speed spend spirit split spoke sport spot spread spring staff stage stand standard
        statue station stay steel step stick stone stop store story strategy stream strength stretch
        strike strong structure struggle style subject succeed success sudden suffer suggest suit
        summer sun supply suppose sure surface surprise survey survive suspect switch symbol system
        table talent talk tall target task taste teach teacher team tell tend term terms test text
        thank theory thing thirteen thirty throw ticket tight title today together tomorrow tonight
        tool top total touch tough tour tourist toward tower town track tradition traffic train
        transfer travel treat tree trend trip trouble truck true trust truth try turn twelve twenty
        twice type understand union unit unite unless upper usual usually valley value various
        vehicle version victory view village violence visit visitor voice volume wait walk wall
        warm wash waste wave wealth wear wedding weekend weight welcome western whole wide wife wild
        wind window winner winter wish witness wonder wood word world worry worse worst worth write
        writer wrong yard yellow yesterday young zone""",
}


def prior(scale: float = 1.0) -> dict[int, float]:
    """A term's number to how many documents, of ``DOCUMENTS × scale``, hold it."""
    counts: dict[int, float] = {}
    for count, listed in _TIERS.items():
        for word in listed.split():
            counts.setdefault(stem_key(stem(word, "en")), count * scale)
    return counts
