"""Whether a story stands under a topic, by what the query and the topic's model say of it."""

from digest.newsdesk.topics.teaching.model import Opinion, Say

LIKELIER = 0.5
"""A story that the query takes and the model asks about stands under the topic from here on."""


def stands(opinion: Opinion, *, taken: bool) -> bool:
    """Whether the story is under the topic; ``taken`` when the query takes it.

    What the model asks about is the query's to take only while it is as likely as not to belong;
    what is less likely waits for an editor's word.
    """
    if opinion.word == Say.ASK:
        return taken and opinion.probability >= LIKELIER
    return opinion.word == Say.ACCEPT
