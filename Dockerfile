# Training in a container, with the folder in which it is started as the project: data/ and outputs/ are there.
#
#     docker build -t dcgan-tf .                          for processors
#     docker build -t dcgan-tf --build-arg BUILD=gpu .    for NVIDIA cards; add --gpus all below
#     docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/work" dcgan-tf run kiwi
FROM python:3.12.12-slim-bookworm
ARG BUILD=cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# The packages first: they change less often than the code. The lists are complete, hence --no-deps. pip compiles them
# here, as the user who runs the image may not write beside them and would compile TensorFlow anew at every start.
COPY requirements /tmp/requirements
WORKDIR /tmp/requirements
RUN pip install --no-deps -r common.txt -r "$BUILD.txt" -r export.txt -r explore.txt -r sweep.txt

COPY pyproject.toml README.md LICENSE /tmp/dcgan-tf/
COPY dcgan_tf /tmp/dcgan-tf/dcgan_tf
COPY notebooks /tmp/dcgan-tf/notebooks
RUN pip install --no-deps --no-build-isolation /tmp/dcgan-tf && rm -r /tmp/dcgan-tf /tmp/requirements

RUN useradd --create-home user && mkdir /work && chown user /work
USER user
WORKDIR /work
ENTRYPOINT ["dcgan-tf"]
CMD ["--help"]
