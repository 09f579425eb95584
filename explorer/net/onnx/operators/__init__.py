"""Which operators of ONNX do what an operator of MXNet does?"""
