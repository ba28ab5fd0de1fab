"""`python -m calldex` is the same as `calldex`."""

from calldex.cli import main

if __name__ == "__main__":
    main()
