"""What can go wrong, as one tree: catch :class:`DigestError` for all of it, or a branch for a kind.

Every message is a sentence for people that says what to do. Errors that have a standard meaning
also derive from Python's own class (``ValueError`` and the like).

================================ =====================================================
branch                           below it
================================ =====================================================
:class:`SetupError`              Misconfigured, CannotStart, NoPort, ForeignHistory,
                                 BadKey, Unusable, TemplateBroken, BadTheme, BadSpec,
                                 UnknownChannel, BrokenChannel, BadVapidKey,
                                 BadAccount, BadApnsKey, RunsAlready, BadNetworks
:class:`InvalidInput`            BadAddress, BadToken (Lapsed, Renewed), QueryError, BadStream,
                                 NotOpml, NotImportable, LineRefused, TooDeep, Unfit,
                                 UnfitAddress, CannotParse, ApiProblem, CannotUnpack, NoReport,
                                 BadRates, UnfitPage, UnfitWords, NoWords, NoSuchTime
:class:`ActionRefused`           EditionRefused, AlertRefused, MendRefused, NotVerified,
                                 CannotControl, NotRehearsed, MemberRefused, CannotSubmit,
                                 NotJoined, SponsorRefused, SearchRefused, NotTakable,
                                 JobRefused, SpentLink, SignInRefused,
                                 RenameRefused (NameClash)
:class:`StaleVersion`            StaleEdition, StaleAlert, StaleTopic, StaleNewsletter,
                                 StaleSeries
:class:`ExchangeFailed`          FetchFailed (BadUrl, BlockedAddress, NoSuchHost,
                                 CannotConnect, BadCertificate, TookTooLong, TooLarge,
                                 RedirectLoop, BadStatus), BlockedConnection,
                                 ChannelError (Rejected, Unreachable, AnswerLost,
                                 TemplatesRefused),
                                 NotSMTP, NoAnswer, CannotPickUp, CannotCheck,
                                 NotTaken, LineLost, NotHandedOver, NotProven
:class:`ServiceError`            Stuck, StageFailed, Full, Gone, Turned, NotOurs, Fault,
                                 PushRefused, BotRefused, FcmRefused, ApnsRefused,
                                 PlaceRefused, PasswordsBusy, StillInHand
================================ =====================================================
"""


class DigestError(Exception):
    """The root: everything that this library raises on purpose derives from it."""


class SetupError(DigestError):
    """The installation cannot work as it is: a setting, a key, a model, a database, a template."""


class InvalidInput(DigestError):
    """Something given from outside cannot be read: an address, a token, a query, a file."""


class ActionRefused(DigestError):
    """What was asked is not possible in the present state of things, or not to this person."""


class StaleVersion(DigestError):
    """Somebody else changed it meanwhile: look at it again before deciding anew."""


class ExchangeFailed(DigestError):
    """The other side, or the way to it, failed: a web server, a relay, a name server, a mailbox."""


class ServiceError(DigestError):
    """The service itself is at its limits, or a part of it did not do its work."""
