//! The SVG as pixels, with fonts that are part of the program.

use resvg::{tiny_skia, usvg};
use std::sync::{Arc, LazyLock};

/// Pixels per picture unit.
const ZOOM: f32 = 2.0;

/// DejaVu Sans and its bold; nothing of the machine, so that every machine makes the same picture.
static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    for font in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_source(usvg::fontdb::Source::Binary(Arc::new(font)));
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// The PNG of an SVG; the error says what the renderer did not like.
pub(super) fn render(svg: &str) -> Result<Vec<u8>, String> {
    let options =
        usvg::Options { fontdb: FONTS.clone(), font_family: "DejaVu Sans".to_owned(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|e| e.to_string())?;
    let size = tree.size();
    let (width, height) = ((size.width() * ZOOM).ceil() as u32, (size.height() * ZOOM).ceil() as u32);
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or("the picture has no size")?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(ZOOM, ZOOM), &mut pixels.as_mut());
    encoded(&pixels).map_err(|e| e.to_string())
}

/// The pixels as a small PNG: the picture has no transparent parts, so three channels are enough.
fn encoded(pixels: &tiny_skia::Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let rgb: Vec<u8> = pixels.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Default);
    encoder.set_adaptive_filter(png::AdaptiveFilterType::Adaptive);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(file)
}

/// A PNG whose pixels are indices of a palette of so many colours; one more is white.
pub(super) fn indexed(pixels: &[u8], width: usize, height: usize, colours: usize) -> Option<Vec<u8>> {
    let mut palette: Vec<u8> = (0..colours)
        .flat_map(|i| {
            let c = colorous::VIRIDIS.eval_rational(i, colours);
            [c.r, c.g, c.b]
        })
        .collect();
    palette.extend([255, 255, 255]);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels).ok()?;
    writer.finish().ok()?;
    Some(file)
}
