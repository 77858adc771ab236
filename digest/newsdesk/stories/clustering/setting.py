"""What the clusterer is tuned by."""

from dataclasses import dataclass, field

from digest.newsdesk.stories.clustering.chance import ChanceSetting
from digest.newsdesk.stories.clustering.foreign import ForeignSetting
from digest.newsdesk.stories.clustering.formulaic import FormulaSetting
from digest.newsdesk.stories.clustering.index import SearchBudget
from digest.newsdesk.stories.clustering.neighbours import Smoothing
from digest.newsdesk.stories.clustering.outlets import OutletSetting

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What the clusterer is tuned by; one setting serves every newsroom. Times in seconds."""

    arrival_cut: float = 0.145
    """Affinity, over √ of the cohesion, at which an article joins a story as it arrives."""
    arrival_crowding: float = 0.5
    """How far that cut rises with the crowd."""
    arrival_founding: float = 0.15
    """How far that cut rises with the founding rate."""
    arrival_evidence: float = 0.4
    """The cut as a share of the level where a likeness is evidence, at least: this and the founding
    rate, up to ``arrival_evidence_most``."""
    arrival_evidence_most: float = 0.9
    arrival_cut_most: float = 0.6
    arrival_size: float = 0.06
    """Head start, among the stories above that cut, of one that is e times as large: parts of one
    event are taken for stories of their own until a repair, and the largest part keeps its name."""
    cut: float = 0.04
    """Affinity at which an article joins a story, and two groups become one."""
    founding: float = 1.0
    """How far the cut rises with the founding rate, live stories per live article, or with half the
    share of arrivals that join nothing if that is more: where most reports stand alone, a likeness
    must say more than where most have hundreds of mates."""
    cut_evidence: float = 0.5
    """The cut as a share of the level where a likeness is evidence, at least."""
    cut_most: float = 0.36
    usual_articles: int = 30
    """Articles that the usual founding rate counts for, until there are some to count."""
    usual_stories: int = 10
    crowding: float = 0.0
    """How far the cut rises with the crowd: how near an article comes to what it is not about."""
    crowd: int = 15
    """Nearest older articles by which the crowd is measured."""
    crowd_age: float = 2 * DAY
    """How much older they are: reports of another event, even if of the same topic."""
    crowd_most: float = 0.3
    window: float = 6 * DAY
    """How long an article stays live, by its own time."""
    mendable: float = 4.25 * DAY
    """Labels of articles younger than this may be mended. Between three days and five the
    development streams differ by single merges; sparse ones are the better for more."""
    compared: int = 40
    """Latest members of a story that a new article is held against."""
    repair_share: int = 4
    """Repair each time this share of the window (one in so many) has arrived."""
    repair_least: int = 8
    repair_most: int = 2_048
    """Repair after so many articles at the latest."""
    repair_period: float = DAY / 2
    """And whenever so much time begins anew."""
    repair_whole: int = 3_000
    """Up to so many live articles the whole window is clustered anew; above, what was touched."""
    across_languages: bool = True
    """Whether reports in two languages may be one story, by names, numbers and dates."""
    foreign_terms: int = 4
    """Terms that articles in two languages must share to be near at all."""
    ripe: float = DAY
    """Age from which an article's mates have come, so that it may lean on those it has."""
    weak: float = 0.11
    """Affinities below this count as none then: many faint ones are no evidence. More, where
    strangers share more: as their 99th percentile is to the usual one."""
    weak_evidence: float = 0.96
    """And at least this share of the level where a likeness is evidence, as far as it is not taken
    off by the joiners' share."""
    weak_joiners: float = 2.5
    """The power of the joiners' share that is taken off: as long as most reports stand alone, what
    is no evidence between two is none between their stories; where nearly all have mates, many
    faint likenesses are."""
    level_kept: float = 0.9
    """Share of the level at which a likeness was evidence as an article came, below which it does
    not fall for that article, however few come after it."""
    generation: int = 50_000
    chance: ChanceSetting = field(default_factory=ChanceSetting)
    formulaic: FormulaSetting = field(default_factory=FormulaSetting)
    outlets: OutletSetting = field(default_factory=OutletSetting)
    foreign: ForeignSetting = field(default_factory=ForeignSetting)
    smoothing: Smoothing = field(default_factory=Smoothing)
    reach: SearchBudget = field(default_factory=SearchBudget)
