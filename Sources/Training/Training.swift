package import Torch
