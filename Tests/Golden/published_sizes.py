"""The sizes that networks of Stable Diffusion were published with, in diffusers' and transformers' words."""

SD1 = dict(cross_attention_dim=768, sample_size=64)
SD2 = dict(cross_attention_dim=1024, sample_size=64, attention_head_dim=[5, 10, 20, 20],
           use_linear_projection=True)
SDXL = dict(
    cross_attention_dim=2048, sample_size=128, attention_head_dim=[5, 10, 20],
    block_out_channels=[320, 640, 1280], use_linear_projection=True,
    transformer_layers_per_block=[1, 2, 10], addition_embed_type="text_time",
    addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816,
    down_block_types=["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2,
    up_block_types=["CrossAttnUpBlock2D"] * 2 + ["UpBlock2D"])
REFINER = SDXL | dict(
    cross_attention_dim=1280, attention_head_dim=[6, 12, 24, 24],
    block_out_channels=[384, 768, 1536, 1536], transformer_layers_per_block=4,
    projection_class_embeddings_input_dim=2560,
    down_block_types=["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2 + ["DownBlock2D"],
    up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 2 + ["UpBlock2D"])
X4 = dict(
    in_channels=7, cross_attention_dim=1024, sample_size=128, attention_head_dim=8,
    block_out_channels=[256, 512, 512, 1024], use_linear_projection=True, num_class_embeds=1000,
    only_cross_attention=[True, True, True, False],
    down_block_types=["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 3,
    up_block_types=["CrossAttnUpBlock2D"] * 3 + ["UpBlock2D"])
X2 = dict(
    in_channels=8, out_channels=5, cross_attention_dim=768, sample_size=128, attention_head_dim=64,
    block_out_channels=[384, 384, 768, 768], layers_per_block=4, norm_num_groups=None,
    mid_block_type=None, act_fn="gelu", conv_in_kernel=1, conv_out_kernel=1,
    resnet_time_scale_shift="scale_shift", time_embedding_type="fourier", timestep_post_act="gelu",
    time_cond_proj_dim=896, down_block_types=["KDownBlock2D"] + ["KCrossAttnDownBlock2D"] * 3,
    up_block_types=["KCrossAttnUpBlock2D"] * 3 + ["KUpBlock2D"])
VAE = dict(
    block_out_channels=[128, 256, 512, 512], down_block_types=["DownEncoderBlock2D"] * 4,
    up_block_types=["UpDecoderBlock2D"] * 4, layers_per_block=2, sample_size=512)
X4_VAE = VAE | dict(
    block_out_channels=[128, 256, 512], down_block_types=["DownEncoderBlock2D"] * 3,
    up_block_types=["UpDecoderBlock2D"] * 3, scaling_factor=0.08333)
VISION = dict(patch_size=14, hidden_act="gelu")
CLIP_H = VISION | dict(
    hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=16,
    projection_dim=1024)
CLIP_L = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
              projection_dim=768, hidden_act="quick_gelu")
OPENCLIP_H = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=23,
                  num_attention_heads=16, projection_dim=512, hidden_act="gelu")
OPENCLIP_G = dict(hidden_size=1280, intermediate_size=5120, num_hidden_layers=32,
                  num_attention_heads=20, projection_dim=1280, hidden_act="gelu")
PIXART = dict(sample_size=32, num_layers=28, num_attention_heads=16, attention_head_dim=72, in_channels=4,
              out_channels=8, cross_attention_dim=1152, caption_channels=4096)
DIT = dict(sample_size=32, num_layers=28, num_attention_heads=16, attention_head_dim=72, in_channels=4, out_channels=8,
           num_embeds_ada_norm=1000)
