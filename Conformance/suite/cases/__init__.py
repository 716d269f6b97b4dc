"""The cases, one module for each section of the contract; importing a module declares its cases."""

from suite.cases import (  # noqa: F401
    chat_completions,
    connect,
    extensions,
    frames,
    http_general,
    methods,
    openai_client,
    pairing,
    resume,
    runs,
    runs_control,
    scheduling,
    sessions,
    steering,
    transport,
)
