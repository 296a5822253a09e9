"""What is measured. Each benchmark is started from the repository's root by its module's name, and has `--help`.

    python -m benchmarks.speed                 images/s of a training step, ours against others'
    python -m benchmarks.speed.ingredients     what each part of our step brings
    python -m benchmarks.speed.precision_choice  which precision this processor trains fastest in
    python -m benchmarks.speed.layers          the share of the processor's peak that each layer reaches
    python -m benchmarks.gpu.export            the step's programs, for a GPU where TensorFlow is not
    python -m benchmarks.gpu                   those programs on that GPU, and PyTorch beside them
    python -m benchmarks.speed.against_commit  the step and the imports of this checkout against another's
    python -m benchmarks.costs.overheads       what a run costs beside its steps
    python -m benchmarks.costs.scaling         cost by image size, width and number of pictures
    python -m benchmarks.costs.precision       bfloat16 against float32
    python -m benchmarks.costs.judge_cost      what judging costs
    python -m benchmarks.costs.doctor          how long `dcgan-tf doctor` takes for 10,000 photos
    python -m benchmarks.costs.growth          what many pictures cost, from memory and from disk
    python -m benchmarks.costs.workers         what sharing a run among processes costs, and what a task of Ray does
    python -m benchmarks.costs.slider          how fast the explore page answers
    python -m benchmarks.judge.exam            which judge sees what people see
    python -m benchmarks.quality               how good pictures get in the same time
    python -m benchmarks.quality.kinds         how much of the distance is kinds of pictures that are left out
    python -m benchmarks.quality.start         a start from a finished run against one from scratch
    python -m benchmarks.quality.endurance     pictures at several times the default length
    python -m benchmarks.inverse               held-out photos found again, filled in, enlarged
    python -m benchmarks.soak                  a run killed again and again, and its end
    python -m benchmarks.tables                all results as one page, results/README.md

A benchmark `name` writes `results/name.json`, or into another folder with `--results`. Those of pictures take
`--sets tiny`, which trains in seconds and needs no photos.
"""
