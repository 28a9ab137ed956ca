"""Golden predictions of VisualBERT, by transformers 5.23.0 and torch 2.13.0; seed 37.

Writes, beside the tests that read them:
  ModelsTests/VisualBERT/tiny/config.json         a small configuration
  ModelsTests/VisualBERT/tiny/model.safetensors   random weights for it, as transformers saves them
  ModelsTests/VisualBERT/tiny/golden.safetensors  numbers, features, logits, and derivatives
"""

import pathlib

import torch
import transformers
from safetensors.torch import save_file
from transformers import VisualBertConfig, VisualBertForPreTraining

assert transformers.__version__ == "5.23.0", transformers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/VisualBERT/tiny"


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(37)
    config = VisualBertConfig(
        vocab_size=48, hidden_size=24, visual_embedding_dim=10, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=40, max_position_embeddings=12, type_vocab_size=2, layer_norm_eps=1e-12,
        pad_token_id=None)  # Padding is said like any token, so its row of the table is learnt.
    model = VisualBertForPreTraining(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(OUTPUT)
    (OUTPUT / "generation_config.json").unlink(missing_ok=True)
    ids = torch.randint(48, (3, 7))
    features = torch.randn(3, 5, 10)
    logits = model(
        input_ids=ids, attention_mask=torch.ones(3, 7), visual_embeds=features,
        visual_attention_mask=torch.ones(3, 5)).prediction_logits[:, :7]
    trained = [
        "visual_bert.embeddings.word_embeddings.weight", "visual_bert.embeddings.visual_projection.weight",
        "visual_bert.encoder.layer.0.attention.self.key.weight", "cls.predictions.bias"]
    weights = dict(model.named_parameters())
    loss = logits.square().mean()
    slopes = torch.autograd.grad(loss, [weights[name] for name in trained])
    save_file(
        {"ids": ids, "features": features, "logits": logits.detach().contiguous(), "loss": loss.detach()}
        | {f"gradient.{name}": slope for name, slope in zip(trained, slopes)},
        OUTPUT / "golden.safetensors")


main()
