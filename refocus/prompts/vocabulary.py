"""What photographers call things. Each phrase has a kind (its place in the grammar) and a value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

NONE, BARELY, SLIGHT, MEDIUM, DEFAULT, SHALLOW, STRONG, EXTREME = 0.0, 0.15, 0.25, 0.5, 0.6, 0.7, 0.8, 1.0


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase is in the grammar (kind) and what it stands for (value)."""

    kind: str
    value: object = None


# (kind, value, phrases parted by "|"); {a/b} is either. A hyphen in the text counts as a space.
_TABLE: tuple[tuple[str, object, str], ...] = (
    # Places in depth
    ("PLACE", "foreground", "foreground | fore ground | front | front row | foregrounds"),
    ("PLACE", "background",
        "background | back ground | backgrounds | backdrop | back | rear | scenery behind | back row"),
    ("PLACE", "nearest",
        "nearest | closest | as close as possible | as close as you can | as near as you can | as near as possible | "
        "nearest point | minimum focus distance | minimum distance | near plane | the near end | frontmost | foremost"
        " | near end"),
    ("PLACE", "farthest",
        "farthest | furthest | as far as possible | as far away as possible | as far as you can | infinity | far end "
        "| far plane | most distant | farthest away | furthest away | rearmost | far distance | far away | in the "
        "distance | the distance | backmost"),
    ("NEAR", "nearest", "near | close | close up"),
    ("NEAR", "farthest", "far"),
    ("PLACE", "center", "middle ground | midground | mid ground | middleground"),
    ("TOWARDS", None,
        "to the camera | to the lens | to me | to us | to the viewer | to camera | to the photographer | to the front"
        " | from the camera | from me | from the lens | from camera | from us | from the viewer | away | of the "
        "camera | of me | from the sensor"),
    # Places in the picture
    ("SIDE", "left", "left | leftmost | left hand | far left"),
    ("SIDE", "right", "right | rightmost | right hand | far right"),
    ("SIDE", "center", "center | centre | middle | central | centered | centred"),
    ("SIDE", "top", "top | upper | topmost | uppermost"),
    ("SIDE", "bottom", "bottom | lower | bottommost"),
    ("SIDEWORD", None,
        "side | hand side | half | part | corner | edge | corners | edges | border | borders | third | area | portion"
        " | quarter"),
    ("FRAME", None,
        "photo | photos | picture | image | shot | frame | scene | screen | composition | photograph | pic | snapshot"
        " | view | image overall"),
    # What is focused
    ("FOCUS", None,
        "focus | sharpest point | focus the camera | focus your camera | focus the lens | focus camera | focused | "
        "focusing | focussed | focussing | focuses | refocus | refocused | autofocus | focal point | point of focus |"
        " focus point | plane of focus | focal plane | focus plane"),
    ("SHARP", None, "in sharp focus | in focus | in crisp focus | in perfect focus | into focus | in full focus"),
    ("SHARP", None,
        "sharp | crisp | tack sharp | razor sharp | pin sharp | super sharp | crystal clear | clear | sharply | "
        "clearly visible | well defined | sharper | focused sharply | sharply focused | unblurred | not blurry | not "
        "blurred | readable | legible | pin point sharp | crispy | nice and sharp | in clear view"),
    ("TOO_SHARP", None, "too sharp | too crisp | too clear | too distracting | distracting | too much in focus"),
    ("SHARPEN", None,
        "sharpen | sharpening | sharpens | deblur | unblur | de blur | defuzz | bring out | highlight the | emphasize"
        " | emphasise | emphasis on | attention to | attention on | spotlight on | spotlight the | isolate | "
        "isolating | accentuate | feature the | separate | eye to the | bring into focus | single out | hit | nail | "
        "lock onto | lock on | zero in on | home in on | concentrate on | aim at | aim for | draw the eye to | draw "
        "attention to"),
    ("POP", None,
        "pop | pops | pop out | stand out | stands out | popping | shine through | the star of the show | the hero | "
        "the center of attention"),
    ("SUBJECT", None, "subject | main subject | my subject | subject matter | main object | main character"),
    ("DEEP", None,
        "{deep/large/great/greater/huge/maximum/max/wide/big/infinite/endless/full/more/extended/long/massive/deeper/lots"
        " of/plenty of} {depth of field/dof/depth of focus} | deep focus | all in focus | pan focus | hyperfocal | "
        "hyperfocal distance | focus stacked | focus stack | focus stacking | {front to back/edge to edge/corner to "
        "corner} {sharpness/sharp/focus} | sharp {throughout/all over/everywhere/front to back/corner to corner} | "
        "sharp from {front to back/near to far/edge to edge/corner to corner} | all sharp | aif"),
    ("EVERY", None,
        "everything | all of it | every thing | everyone | everybody | whole photo | whole picture | whole image | "
        "whole scene | whole thing | entire photo | entire image | entire scene | entire picture | entire frame | all"
        " parts | whole frame | whole shot | it all | all things | everywhere | every part | full image | entire shot"
        " | the lot"),
    ("REST", None,
        "everything else | all else | the rest | rest | the others | everyone else | anything else | rest of the "
        "photo | rest of the image | rest of the picture | rest of the scene | the surroundings | surroundings | all "
        "the rest | the other stuff | everything around | all others | other things | others | everybody else | rest "
        "of the frame | rest of it | rest of the shot | all the others | other people"),
    ("NOTHING", None, "nothing | no part | none of it | no one | not anything"),
    ("EXCEPT", None,
        "except | except for | but | apart from | other than | besides | excluding | save for | but for | with the "
        "exception of | but not | aside from | and not | rather than | instead of"),
    ("ONLY", None, "only | just | solely | nothing but | purely | exclusively"),
    # Blur and depth of field
    ("BLUR", None,
        "blur | oof | blurs | blurry | blurred | blurring | out of focus | defocus | defocused | defocusing | "
        "unfocused | soft | soften | softened | fuzzy | hazy | blurriness | unsharp | softening | lens blur | softer "
        "| softly blurred | de emphasize | deemphasize | de emphasise | background blur effect | defocussed | softly "
        "| out of focus blur | misty | bokeh blur | diffuse | diffused | gone soft | knocked out of focus | less "
        "sharp | softness | fuzziness | vague | indistinct | go soft"),
    ("BLUR", "look", "bokeh | bokehs | bokeh effect | separation | subject separation | depth effect"),
    ("BLUR", STRONG,
        "creamy | buttery | butter smooth | melt | melts | melting | melted | melty | dreamy | silky | milky | "
        "dissolve | dissolves | dissolved | dissolving | bokehlicious | velvety | mushy | mush | bokeh soup | blown "
        "out of focus | bokeh heaven | smear | wash of colour | wash of color | creaminess | buttery smooth | fade "
        "away | fades away | melt away | melts away | soupy | blurry mess | disappear | disappears | vanish | "
        "vanishes | bokeh monster | smudge"),
    ("OPEN", STRONG,
        "wide open | fully open | largest aperture | widest aperture | biggest aperture | open aperture | large "
        "aperture | wide aperture | wide open aperture | very fast lens | max aperture | maximum aperture | open up "
        "the aperture | open the aperture | aperture wide open | big aperture"),
    ("BLUR", EXTREME,
        "obliterate | obliterated | obliterating | annihilate | annihilated | destroy | nuke | unrecognizable | "
        "unrecognisable | unrecognizably | blown away | vaporize | blur to oblivion | oblivion | erase | pulverize | "
        "beyond recognition"),
    ("DOF", EXTREME,
        "{razor thin/paper thin/wafer thin/super thin/hair thin/ultra shallow/ultra thin/knife edge} {depth of "
        "field/dof/focus/plane of focus/depth of focus} | razor thin | wafer thin | paper thin"),
    ("DOF", SHALLOW,
        "{shallow/shallower/thin/narrow/small/low/short/limited/less/minimal/tiny} {depth of field/dof/depth of "
        "focus} | shallow focus | shallow | selective focus | thin plane of focus | portrait look"),
    ("DOF", "look", "depth of field | dof | depth of field effect"),
    ("OPEN", SLIGHT,
        "stopped down | stop down | stopping down | small aperture | narrow aperture | tiny aperture | closed down | "
        "close down the aperture | smaller aperture | stop it down"),
    ("PORTRAIT", None, "portrait mode | portrait effect | cinematic mode | portrait style | live focus"),
    ("REMOVE", None,
        "remove | turn off | switch off | disable | deactivate | get rid of | eliminate | undo | take away | take out"
        " | cut out | lose | kill | strip"),
    ("MAKE_SHARP", None,
        "remove the blur | remove blur | get rid of the blur | fix the blur | remove all blur | undo the blur | "
        "remove the bokeh | take away the blur | get rid of blur | remove all the blur | fix the focus"),
    # Strengths
    ("DEGREE", BARELY,
        "barely | hardly | tiny bit | tiny bit of | a hint of | hint of | hint | whisper of | a whisper of | tad | a "
        "tad | minimally | ever so slightly | almost no | minimal | almost imperceptible | imperceptibly | tiny | "
        "faint | faintly | very little | smidge | a smidge of | a smidgen of | smidgen | barely any | only just | "
        "trace of | scarcely | a trace of | hardly any | a teeny bit | ever so slight"),
    ("DEGREE", SLIGHT,
        "slight | slightly | subtle | subtly | little | a little | little bit | little bit of | bit | bit of | a bit "
        "| a bit of | a touch | touch | a touch of | touch of | gentle | gently | mild | mildly | light | lightly | "
        "some what | somewhat | modest | modestly | delicate | delicately | discreet | weak | weakly | a dash of | "
        "low | not too much | not too strong | not so much | not very | not a lot of | not too | less | not much | "
        "restrained | soft touch of | small amount of | a small amount of | too much | light touch of | go easy on | "
        "easy on | go light on | but not too strong | but not too much | but not too | but not too heavy | not too "
        "heavy | not too blurry | but not a lot | understated | natural | fine"),
    ("DEGREE", MEDIUM,
        "medium | moderate | moderately | half | average | normal | mid | fairly | reasonable | regular | medium "
        "amount of | a moderate amount of | some"),
    ("DEGREE", STRONG,
        "strong | strongly | heavy | heavily | lots | lots of | a lot | a lot of | lot of | plenty of | tons of | "
        "loads of | big | bigger | huge | much | hard | high | massive | intense | intensely | significant | "
        "significantly | dramatic | dramatically | serious | seriously | deep | deeply | powerful | considerably | "
        "pronounced | heavier | stronger | substantial | more | crazy amount of | ton of | a ton of | really strong |"
        " a whole lot | generous | loads | tons | a great deal | bold | rich | thick | large | full on | big time | "
        "like crazy | wildly | gorgeous"),
    ("DEGREE", EXTREME,
        "extreme | extremely | maximum | max | maximal | maxed out | insane | insanely | crazy | completely | totally"
        " | fully | total | complete | as much as possible | all the way | entirely | utterly | full | beyond | "
        "absolutely | ridiculous | ridiculously | to the max | as blurry as possible | super duper | into nothing | "
        "into oblivion | 100 percent | ultimate | as possible | hyper | to nothing | max out | crank | crank up | to "
        "eleven | up to 11 | utter | as strong as possible | to oblivion"),
    ("VERY", None,
        "very | really | super | ultra | so | quite | mega | extra | pretty | way | truly | incredibly | nicely | too"),
    # Aperture shapes; the ambiguous ones are shapes only where the grammar says so
    ("SHAPE", "hexagon", "hexagon | hexagonal | hexagons | hexagonally"),
    ("SHAPE", "pentagon", "pentagon | pentagonal | pentagons"),
    ("SHAPE", "heptagon", "heptagon | heptagonal | septagon | heptagons"),
    ("SHAPE", "octagon", "octagon | octagonal | octagons"),
    ("SHAPE", "triangle", "triangular | three cornered"),
    ("SHAPE", "circle", "circular | perfectly round"),
    ("SHAPE", "star", "star shaped | star bursts | starburst | starbursts"),
    ("SHAPE", "heart", "heart shaped | heart shape"),
    ("SHAPE", "ring",
        "ring shaped | donut shaped | doughnut shaped | ring bokeh | donut bokeh | doughnut bokeh | bagel bokeh | "
        "bubble bokeh | soap bubble bokeh | soap bubble | soap bubbles | mirror lens | catadioptric | catadioptric "
        "lens | reflex lens | mirror telephoto | cat lens | cata lens | mirror reflex | annular | trioplan | meyer "
        "optik | meyer gorlitz | soap bubble effect | mirror lens bokeh | mto | rubinar | bubble like | meyer"),
    ("SHAPE", "cat_eye",
        "swirl | swirly | swirling | swirls | swirled | helios | helios 44 | helios 44 2 | helios 44m | helios 40 | "
        "helios 44 m | petzval | petzval lens | twisty | vortex | spinning | biotar | whirl | whirly | whirlpool | "
        "cat eye bokeh | cat eyes bokeh | cat's eye bokeh | cats eye bokeh | cat eye shaped | cat's eye shaped | "
        "cat's eye effect | cat eye effect | swirlies | lemon shaped | twirly | optical vignetting | cyclone | cats "
        "eye shaped | cat's eye highlights | cat eye highlights | mechanical vignetting | cat's eye discs"),
    ("SHAPE", "oval",
        "anamorphic | anamorphic lens | oval shaped | ellipse | elliptical | anamorph | ellipses | ellipsoid | "
        "squeezed | 2x squeeze | egg shaped | anamorphics | vertically stretched | cinemascope | ovals"),
    ("MAYBE_SHAPE", "circle", "circle | circles | round | disc | discs | disk | disks | ball | balls | rounded"),
    ("MAYBE_SHAPE", "triangle", "triangle | triangles"),
    ("MAYBE_SHAPE", "diamond", "diamond | diamonds | rhombus | rhombic | rhombuses"),
    ("MAYBE_SHAPE", "heart", "heart | hearts"),
    ("MAYBE_SHAPE", "star", "star | stars | starry"),
    ("MAYBE_SHAPE", "ring",
        "ring | rings | donut | donuts | doughnut | doughnuts | bubble | bubbles | bubbly | bagel | mirror | reflex |"
        " hollow"),
    ("MAYBE_SHAPE", "cat_eye", "cat eye | cat eyes | cat's eye | cats eye | cat's eyes | lemon | lemons"),
    ("MAYBE_SHAPE", "oval", "oval"),
    ("HEAD", None,
        "shape | shaped | shapes | iris | diaphragm | highlight shape | in shape | bokeh shape | bokeh balls | light "
        "balls | bokeh ball | bokeh discs | bokeh disks | bokeh circles | specular | speculars | specks | bokeh "
        "lights | out of focus lights | out of focus highlights | bokeh highlights | look | style | mode | cutout | "
        "filter"),
    ("APERTURE", None, "aperture | apertures"),
    ("BLADES", None,
        "blade | blades | bladed | sided | sides | aperture blades | aperture blade | blade aperture | bladed "
        "aperture | pointed | points | cornered | diaphragm blades"),
    ("LENS", None,
        "lens | lenses | glass | prime | primes | objective | optic | optics | telephoto | macro | camera | zoom | "
        "wide angle | portrait lens | fast lens | fast prime | leica | sony | canon | nikon | zeiss | fuji | sigma | "
        "fujifilm | tamron | macro lens | voigtlander | pentax | olympus | hasselblad | cooke | cine lens | panasonic"
        " | telephoto lens | tele | dslr | full frame | iphone | gm | leitz | medium format | art lens | cinema lens"),
    ("NAMED", (None, 0.95), "noctilux | leica noctilux"),
    ("NAMED", (50.0, 1.8), "nifty fifty | nifty 50 | plastic fantastic"),
    # Lights
    ("LIGHT", None,
        "lights | light | highlights | highlight | fairy lights | street lights | city lights | lamps | christmas "
        "lights | string lights | bulbs | light sources | light bulbs | candles | specular highlights | traffic "
        "lights | neon | neon lights | neon signs | headlights | lanterns | light points | points of light | street "
        "lamps | streetlights | dots of light | sparkles | lamp lights | tail lights | bright spots | brights | city "
        "lights behind | background lights | sun reflections | reflections | led lights | car lights | party lights"),
    ("GLOW", None,
        "glow | glows | glowing | glowy | bloom | blooming | blooms | shimmer | shimmering | sparkle | sparkling | "
        "sparkly | twinkle | twinkling | shining | shiny | radiant | luminous | halo | halation | glitter | "
        "glittering | glistening | glisten | gleaming | gleam | shine | brighter | bright | glimmer | glimmering | "
        "flare | pro mist | orton | orton effect | shines | light up | lit up | radiate | incandescent | bursting "
        "with light"),
    # Pulls
    ("RACK", None,
        "rack | wander | wanders | wandering | float | flow | creep | snap | racking | racks | pull | pulling | pulls"
        " | shift | shifting | shifts | transition | transitions | transitioning | focus pull | rack focus | focus "
        "shift | pull focus | follow focus | shift focus | focus rack | racking focus | pulling focus | shifting "
        "focus | move | moving | moves | change | changing | go | goes | going | switch | switches | switching | "
        "drift | sweep | slide | travel | animate | ease | glide | jump | refocusing | transfer | swap | swing | "
        "focus transition | focus move | moved | shifted | racked | pulled | pan | hand over"),
    ("BEGIN", None,
        "start | starting | begin | beginning | starts | begins | open on | opening | opens | first focus | opens on "
        "| first sharp | initially"),
    ("FINISH", None,
        "end | ending | finish | finishing | ends | finishes | land | lands | landing | settle | settling | arrive | "
        "arriving | close on | ends up | end up | stop on | conclude | rest on"),
    ("FIRST", None, "first | at first | to begin with | to start with"),
    ("THEN", None, "then | afterwards | after that | next | later | and then | before | followed by | until | finally"),
    ("FROM", None, "from | away from | off | off of | starting from | beginning with"),
    ("TO", None, "to | into | onto | towards | over to | till | through to | toward | all the way to | back to"),
    ("BETWEEN", None, "between | back and forth between"),
    # Small words
    ("NOT", None,
        "not | no | none | don't | dont | do not | never | without | without any | zero | not any | isn't | aren't | "
        "don t | doesn't | shouldn't | won't | avoid | avoid any | ain't | can't | nor | neither | must not | should "
        "not | do n't | free of | instead of any | didn't | not be | no more | please don't"),
    ("BE", None,
        "is | are | be | being | was | were | should be | must be | to be | should stay | stays | stay | remain | "
        "remains | needs to be | has to be | will be | should | must | shall | becomes | become | goes | gets | get |"
        " stay in | ought to be | can be | looks | looking | comes | come | would be | am | needs | turn | turns | "
        "getting | should look | should become | should get | should remain | to stay | were to be | should all be | "
        "should go"),
    ("KEEP", None,
        "keep | keeps | keeping | leave | leaving | have | having | want | make | makes | making | let | put | get | "
        "bring | hold | render | throw | throwing | set | ensure | send | sending | give | giving | place | turn | "
        "push | lets | knock | drop | gets | preserve | turning | lock | show | see | draw | take | allow | need | "
        "love | want to have | cause | let's have"),
    ("ON", None,
        "on | upon | at | lie on | lies on | fall on | falls on | sit on | sits on | be placed on | be set on | stay "
        "on | remain on"),
    ("PREP", None,
        "in | with | of | by | near | behind | under | beside | beneath | next to | in front of | holding | wearing |"
        " against | inside | above | below | around | across | along | over | among | outside | underneath | sitting "
        "on | standing in | standing on | standing by | standing next to | sitting in | sitting at | leaning on | "
        "beyond | surrounding | carrying | riding | standing | sitting | playing | opposite | walking | reading | "
        "atop"),
    ("REL", None,
        "that is | that's | who is | who's | which is | which | who | that are | who are | what is | what's | that | "
        "located | positioned | standing out | whose"),
    ("GENERIC", None,
        "thing | things | object | objects | one | ones | stuff | something | whatever | whoever | what | anything | "
        "anyone | someone | somebody | element | item | whichever | the one | part of the scene | main thing | area"),
    ("DET", None,
        "the | a | an | my | her | his | this | these | those | our | your | their | its | all the | all of the | all"
        " my | both | some of the | all | any | each | every | teh"),
    ("PRONOUN_BE", None, "she's | he's | they're | she is | he is | they are | it's the one | it is the one"),
    ("CORRECTION", None,
        "actually | no wait | wait no | on second thought | scratch that | or rather | i mean | correction"),
    ("PRONOUN", "woman", "herself | she"),
    ("PRONOUN", "man", "him | he | himself"),
    ("PRONOUN", "person", "me | myself"),
    ("PRONOUN", "people", "them | us | themselves | they"),
    ("PRONOUN", None, "it | itself"),
    ("AND", None, "and | or | plus | while | whilst | also | as well as | so that | whereas"),
    ("LIKE", None, "like | as | as if | similar to | look like | looks like | looking like"),
    ("SAYS", None, "says | reads | saying | reading | say | spells | read | spelling | spelled | states | spell"),
    ("FILLER", None,
        "please | pls | plz | can | could | you | i | i'd | would | i want | will | want | wanna | gonna | need | hey"
        " | hi | ok | okay | thanks | thank | kindly | maybe | perhaps | for | nice | nice and | beautiful | "
        "beautifully | do | does | create | use | using | apply | add | adding | shoot | shooting | try | effect | "
        "effects | feel | feeling | vibe | vibes | kind of | sort of | smooth | smoothly | slowly | gradually | "
        "quickly | nicely | i would | i'll | we | let us | let's | lets | simulate | emulate | i need | i like | more"
        " like | there | here | out | amount | amount of | level | strength | intensity | value | setting | set to | "
        "equals | taken | photographed | away into | up | down | at least | about | around | approximately | roughly "
        "| approx | ca | exactly | something around | distance | focusing distance | focus distance | ish | right | "
        "shot at | captured | selective | quality | depth | rendering | character | if | possible | softly | again | "
        "now | instead | it's | its | i'm | still | perfectly | overall | clearly | always | much more | well | great"
        " | lovely | pleasing | whole | entire | given | anywhere | anywhere else | please note | same time | hold on"
        " | wait | time | when | where | because | since | would like | 'd | gives | such"),
    ("VERB", None,
        "enhance | touch | affect | alter | modify | brighten | darken | crop | increase | boost | reduce | decrease "
        "| improve | retouch | colorize | grade | zoom in | rotate | fix | edit | adjust | upscale | denoise | tilt |"
        " warm | cool | delete | replace"),
)  # fmt: skip

NUMBERED_SHAPES = {3: "triangle", 4: "diamond", 5: "pentagon", 6: "hexagon", 7: "heptagon", 8: "octagon"}
ROUND_FROM_BLADES, MOST_BLADES = 9, 30

FULL_STOPS = frozenset(
    (0.95, 1, 1.2, 1.4, 1.7, 1.8, 2, 2.2, 2.4, 2.5, 2.8, 3.5, 4, 4.5, 5.6, 6.3, 8, 9, 10, 11, 13, 16, 18, 20, 22, 32)
)
"""F-numbers people write without the f."""

METRES = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres", "mtr", "mtrs"), 1.0),
    **dict.fromkeys(("cm", "cms", "centimeter", "centimeters", "centimetre", "centimetres"), 0.01),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres", "mil"), 0.001),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
    **dict.fromkeys(("inch", "inches"), 0.0254),
    **dict.fromkeys(("yd", "yds", "yard", "yards"), 0.9144),
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), 1000.0),
}


def _phrases() -> dict[tuple[str, ...], Meaning]:
    found: dict[tuple[str, ...], Meaning] = {}
    for kind, value, phrases in _TABLE:
        for phrase in phrases.split("|"):
            for spoken in _spelt_out(phrase):
                found.setdefault(tuple(spoken.split()), Meaning(kind, value))
    return found


def _spelt_out(phrase: str) -> Iterator[str]:
    """The phrases "{thin/narrow} {dof/focus}" stands for."""
    parts = [part.split("/") for part in re.split(r"[{}]", phrase)]
    return map("".join, product(*parts))


def _lengths() -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = {}
    for words in PHRASES:
        lengths.setdefault(words[0], set()).add(len(words))
    return {word: tuple(sorted(found, reverse=True)) for word, found in lengths.items()}


PHRASES = _phrases()
"""Each phrase, as its words, to its meaning."""

PHRASE_LENGTHS = _lengths()
"""First word of a phrase to how many words its phrases have, longest first."""

WORDS = frozenset(word for words in PHRASES for word in words) | METRES.keys()
"""Every word of the vocabulary; these are never respelt."""
