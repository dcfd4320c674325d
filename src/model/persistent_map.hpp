// placeholder until the model lands
#pragma once
