from .datasets import Corpus as Corpus
from .datasets import DMelodies as DMelodies
from .datasets import Factor as Factor
from .datasets import FactorSpace as FactorSpace
from .datasets import FrameGrid as FrameGrid
from .datasets import Sinusoids as Sinusoids
from .datasets import features as features
from .datasets import generate as generate
from .datasets import load_recipe as load_recipe
from .datasets import open_corpus as open_corpus
from .datasets.reading.torch_datasets import ClipDataset as ClipDataset
from .errors import DsoundsError as DsoundsError
from .synth.features import LogMelSettings as LogMelSettings
from .synth.features import log_mel as log_mel
from .train.fitting.checkpoints import load_run as load_run
from .train.models.family import Family as Family
from .train.models.family import Term as Term
from .train.models.interface import Codes as Codes
from .train.samples.sample import sample as sample
from .train.scores.data.clips import Clips as Clips
from .train.scores.data.evaluation_data import EvaluationData as EvaluationData
from .train.scores.evaluation import Evaluation as Evaluation
from .train.scores.front_door import evaluate as evaluate
from .train.scores.oracle.oracle import Oracle as Oracle
from .train.scores.row import Score as Score

__version__: str
