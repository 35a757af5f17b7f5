"""Scores what `./medforge score` scores, with Debian's pandas, scikit-learn, scipy, numpy and nibabel.

  reference.py EVALUATION TRUTH SUBMISSION

Prints {"public": {metric: value}, "private": {...}}. Written as somebody who knows these libraries writes it: files
read by pandas and nibabel, whole columns at once, masks cut to the label's box before distances are taken.
"""

import gzip
import json
import sys
import zipfile

import numpy as np
import pandas as pd

SPLITS = ("public", "private")


def by_split(table, score):
    return {split: score(table[table["split"] == split]) for split in SPLITS}


def joined(truth, submission):
    return pd.read_csv(f"{truth}/truth.csv").merge(pd.read_csv(submission), on="id", validate="1:1")


def labels(evaluation, truth, submission):
    from sklearn import metrics

    declared = evaluation["classes"]

    def score(rows):
        y, p = (pd.Categorical(rows[column], categories=declared).codes for column in ("label", "prediction"))
        codes = range(len(declared))
        values = {
            "accuracy": lambda: metrics.accuracy_score(y, p),
            "balanced_accuracy": lambda: metrics.balanced_accuracy_score(y, p),
            "macro_f1": lambda: metrics.f1_score(y, p, average="macro", zero_division=0),
            "weighted_f1": lambda: metrics.f1_score(y, p, average="weighted", zero_division=0),
            "mcc": lambda: metrics.matthews_corrcoef(y, p),
            "cohen_kappa": lambda: metrics.cohen_kappa_score(y, p, labels=codes),
            "quadratic_weighted_kappa": lambda: metrics.cohen_kappa_score(y, p, labels=codes, weights="quadratic"),
        }
        return {name: values[name]() for name in evaluation["metrics"]}

    return by_split(joined(truth, submission), score)


def binary_probability(evaluation, truth, submission):
    from sklearn import metrics

    positive = evaluation["classes"][1]

    def score(rows):
        y, p = (rows["label"] == positive).to_numpy(), rows["probability"].to_numpy()
        values = {
            "roc_auc": lambda: metrics.roc_auc_score(y, p),
            "average_precision": lambda: metrics.average_precision_score(y, p),
            "log_loss": lambda: metrics.log_loss(y, p, eps=1e-15),
            "brier": lambda: metrics.brier_score_loss(y, p),
        }
        return {name: values[name]() for name in evaluation["metrics"]}

    return by_split(joined(truth, submission), score)


def multiclass_probability(evaluation, truth, submission):
    from sklearn import metrics

    declared = evaluation["classes"]

    def score(rows):
        y = pd.Categorical(rows["label"], categories=declared).codes
        p = rows[[f"p_{name}" for name in declared]].to_numpy()
        one_hot = np.eye(len(declared))[y]
        guess = p.argmax(axis=1)

        def log_loss():
            clipped = np.clip(p, 1e-15, 1 - 1e-15)
            return -np.log(clipped[np.arange(len(y)), y] / clipped.sum(axis=1)).mean()

        values = {
            # roc_auc_score itself refuses rows that six decimals leave a millionth off 1.
            "roc_auc_ovr_macro": lambda: metrics.roc_auc_score(one_hot, p, average="macro"),
            "log_loss": log_loss,
            "brier_multiclass": lambda: ((p / p.sum(axis=1, keepdims=True) - one_hot) ** 2).sum(axis=1).mean(),
            "accuracy_argmax": lambda: metrics.accuracy_score(y, guess),
            "macro_f1_argmax": lambda: metrics.f1_score(y, guess, average="macro", zero_division=0),
        }
        return {name: values[name]() for name in evaluation["metrics"]}

    return by_split(joined(truth, submission), score)


RSNA = [percent / 100 for percent in (40, 45, 50, 55, 60, 65, 70, 75)]
COCO = np.array([percent / 100 for percent in range(50, 100, 5)])
RECALLS = np.linspace(0, 1, 101)
SIDES = ["x", "y", "width", "height"]


def iou(a, b):
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    inter = np.clip(high - low, 0, None).prod(axis=2)
    return inter / (a[:, 2:].prod(axis=1)[:, None] + b[:, 2:].prod(axis=1)[None, :] - inter)


def rsna(overlaps, inclusive):
    """Of one image: detections by confidence, overlaps of other classes 0."""
    detections, boxes = overlaps.shape
    if detections == 0 and boxes == 0:
        return None
    total = 0.0
    for threshold in RSNA:
        free = np.ones(boxes, dtype=bool)
        hits = 0
        for row in overlaps if boxes else ():
            candidates = np.where(free, row, 0)
            best = candidates.argmax()
            value = candidates[best]
            if value > 0 and (value >= threshold if inclusive else value > threshold):
                free[best] = False
                hits += 1
        total += hits / (boxes + detections - hits)
    return total / len(RSNA)


def coco_matches(overlaps):
    """As pycocotools' evaluateImg, without crowds: one row a threshold, one column a detection."""
    detections, boxes = overlaps.shape
    matched = np.zeros((len(COCO), detections), dtype=bool)
    if boxes == 0:
        return matched
    for t, threshold in enumerate(COCO):
        taken = np.zeros(boxes, dtype=bool)
        for d in range(detections):
            best, at = min(threshold, 1 - 1e-10), -1
            for g in range(boxes):
                if not taken[g] and overlaps[d, g] >= best:
                    best, at = overlaps[d, g], g
            if at >= 0:
                taken[at] = True
                matched[t, d] = True
    return matched


def coco_class(found, positives):
    confidences = np.concatenate([confidence for confidence, _ in found])
    order = np.argsort(-confidences, kind="mergesort")
    hits = np.concatenate([matched for _, matched in found], axis=1)[:, order].cumsum(axis=1)
    precisions = np.zeros((len(COCO), len(RECALLS)))
    recalls = np.zeros(len(COCO))
    if len(order):
        recall = hits / positives
        precision = hits / np.arange(1, len(order) + 1)
        precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        recalls = recall[:, -1]
        for t in range(len(COCO)):
            at = np.searchsorted(recall[t], RECALLS, side="left")
            inside = at < len(order)
            precisions[t, inside] = precision[t, at[inside]]
    means = precisions.mean(axis=1)
    return {"coco_ap": means.mean(), "coco_ap50": means[0], "coco_ap75": means[5], "coco_ar100": recalls.mean()}


def boxes(evaluation, truth, submission):
    images = pd.read_csv(f"{truth}/truth_images.csv")
    names = {name: place for place, name in enumerate(evaluation["classes"])}

    def grouped(path, columns):
        table = pd.read_csv(path)
        table["label"] = table["label"].map(names)
        places = table.groupby("image_id", sort=False).indices
        values = table[columns].to_numpy(dtype=float)
        return {image: values[rows] for image, rows in places.items()}

    truths = grouped(f"{truth}/truth_boxes.csv", ["label", *SIDES])
    found = grouped(submission, ["label", "confidence", *SIDES])

    def score(rows):
        scores = {"rsna_map": [], "rsna_map_inclusive": []}
        matches = {label: [] for label in names.values()}
        positives = dict.fromkeys(names.values(), 0)
        for image in rows["image_id"]:
            t = truths.get(image, np.empty((0, 5)))
            d = found.get(image, np.empty((0, 6)))
            d = d[np.argsort(-d[:, 1], kind="mergesort")]
            overlaps = iou(d[:, 2:], t[:, 1:])
            same = d[:, None, 0] == t[None, :, 0]
            for name, values in scores.items():
                values.append(rsna(overlaps * same, name == "rsna_map_inclusive"))
            for label in names.values():
                of_label = d[:, 0] == label
                kept = np.flatnonzero(of_label)[:100]
                own = t[:, 0] == label
                positives[label] += own.sum()
                matches[label].append((d[kept, 1], coco_matches(overlaps[np.ix_(kept, own)])))
        coco = [coco_class(matches[label], n) for label, n in positives.items() if n > 0]
        values = {name: np.mean([one[name] for one in coco]) for name in coco[0]}
        values |= {name: np.mean([one for one in of if one is not None]) for name, of in scores.items()}
        return {name: values[name] for name in evaluation["metrics"]}

    return by_split(images, score)


def surface_distances(t, p, spacing):
    from scipy import ndimage

    cross = ndimage.generate_binary_structure(t.ndim, 1)
    surfaces = [mask & ~ndimage.binary_erosion(mask, cross) for mask in (t, p)]
    to_t, to_p = (ndimage.distance_transform_edt(~surface, sampling=spacing) for surface in surfaces)
    return to_p[surfaces[0]], to_t[surfaces[1]]


def mask_scores(t, p, spacing, diagonal, tolerance):
    volumes, both = (t.sum(), p.sum()), (t & p).sum()
    total = volumes[0] + volumes[1]
    values = {
        "mean_dice": 2 * both / total,
        "mean_jaccard": both / (total - both),
        "mean_volume_similarity": 1 - abs(volumes[1] - volumes[0]) / total,
    }
    if not volumes[0] or not volumes[1]:
        distances = ("mean_hd_mm", "mean_hd95_mm", "mean_assd_mm", "mean_masd_mm")
        return values | dict.fromkeys(distances, diagonal) | {"mean_nsd": 0.0}
    there, back = surface_distances(t, p, spacing)
    surface = len(there) + len(back)
    return values | {
        "mean_hd_mm": max(there.max(), back.max()),
        "mean_hd95_mm": max(np.percentile(there, 95), np.percentile(back, 95)),
        "mean_assd_mm": (there.sum() + back.sum()) / surface,
        "mean_masd_mm": (there.mean() + back.mean()) / 2,
        "mean_nsd": ((there <= tolerance).sum() + (back <= tolerance).sum()) / surface,
    }


def masks(evaluation, truth, submission):
    import nibabel
    from scipy import ndimage

    declared = [int(label) for label in evaluation["masks"]["labels"]]
    tolerance = evaluation["masks"]["nsdToleranceMm"][0]

    with zipfile.ZipFile(submission) as archive:

        def case(name):
            image = nibabel.load(f"{truth}/truth/{name}.nii.gz")
            t = np.asarray(image.dataobj)
            p = np.asarray(nibabel.Nifti1Image.from_bytes(gzip.decompress(archive.read(f"{name}.nii.gz"))).dataobj)
            spacing = [float(mm) for mm in image.header.get_zooms()]
            diagonal = np.sqrt(sum((n * mm) ** 2 for n, mm in zip(t.shape, spacing)))
            boxes = [ndimage.find_objects(volume, max(declared)) for volume in (t, p)]
            for label in declared:
                both = [found[label - 1] for found in boxes if found[label - 1] is not None]
                if both:
                    box = tuple(slice(min(s.start for s in axis), max(s.stop for s in axis)) for axis in zip(*both))
                    yield mask_scores(t[box] == label, p[box] == label, spacing, diagonal, tolerance)

        def score(rows):
            pairs = [scores for name in rows["id"] for scores in case(name)]
            return {name: np.mean([pair[name] for pair in pairs]) for name in evaluation["metrics"]}

        return by_split(pd.read_csv(f"{truth}/truth.csv"), score)


def main():
    evaluation, truth, submission = sys.argv[1:]
    with open(evaluation, encoding="utf-8") as file:
        parsed = json.load(file)
    tasks = {task.__name__: task for task in (labels, binary_probability, multiclass_probability, boxes, masks)}
    scores = tasks[parsed["task"]](parsed, truth, submission)
    json.dump({split: {name: float(value) for name, value in of.items()} for split, of in scores.items()}, sys.stdout)


if __name__ == "__main__":
    main()
