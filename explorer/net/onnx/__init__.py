"""What are a network's layers in ONNX?"""
