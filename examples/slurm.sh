#!/bin/bash
# Five seeds on a Slurm cluster, each a run of its own: sbatch examples/slurm.sh, in the project's folder.
# A job that reaches its time limit saves and is queued again; it goes on from there.
#SBATCH --job-name=dcgan-tf
#SBATCH --array=0-4
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@180
#SBATCH --requeue
#SBATCH --output=outputs/slurm-%A_%a.log
set -uo pipefail

.venv/bin/python -m dcgan_tf run kiwi --seed "$SLURM_ARRAY_TASK_ID" --run "outputs/slurm/seed-$SLURM_ARRAY_TASK_ID" &
training=$!
stopped=0
trap 'stopped=1; kill -TERM "$training"' TERM
wait "$training"
status=$?
if [ "$stopped" = 1 ]; then
  wait "$training" # it is still saving
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$status"
